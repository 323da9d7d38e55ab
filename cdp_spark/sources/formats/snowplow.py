"""Snowplow enriched events: lines of 131 tab-separated fields.

Fields and their order: https://docs.snowplow.io/docs/fundamentals/canonical-event/. Exactly 131
are expected, as in the public analytics SDKs: with fewer or more, fields may have shifted. Empty
fields at the end count.

`event_id` is Snowplow's id with the fingerprint: by Snowplow's rules, events with equal ids are one
event only if their fingerprints are equal, too. `available_at` is the collector's time, which does
not change when events are enriched again. An event with tracking disabled has an all-zero UUID,
which is a placeholder. The domain and the network cookie both identify the browser; the cookie of a
referring site is ignored, because people share links. The location of the network is not the
person's address, so it is not used for `city` and `country`.

Of the ecommerce plugin, an action is named by its type (`transaction`, `refund`, `add_to_cart` …);
the order, the amount and the products are those of its contexts, and its user context names a
person: https://docs.snowplow.io/docs/events/ontology/ecommerce/.
"""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from cdp_spark.sources import Format
from cdp_spark.sources.parsed import (
    MONEY,
    Rejections,
    Warnings,
    amount_warning,
    identifier,
    is_missing,
    money,
    parsed_rows,
    present_identifiers,
    text_struct,
    time_rejections,
    time_warning,
    value_at,
)
from cdp_spark.sources.settings import SourceSettings
from cdp_spark.tables.silver import PRODUCT
from cdp_spark.values.moment import timestamp_of

_NAMES = """
app_id platform etl_tstamp collector_tstamp dvce_created_tstamp event event_id txn_id name_tracker
v_tracker v_collector v_etl user_id user_ipaddress user_fingerprint domain_userid domain_sessionidx
network_userid geo_country geo_region geo_city geo_zipcode geo_latitude geo_longitude
geo_region_name ip_isp ip_organization ip_domain ip_netspeed page_url page_title page_referrer
page_urlscheme page_urlhost page_urlport page_urlpath page_urlquery page_urlfragment refr_urlscheme
refr_urlhost refr_urlport refr_urlpath refr_urlquery refr_urlfragment refr_medium refr_source
refr_term mkt_medium mkt_source mkt_term mkt_content mkt_campaign contexts se_category se_action
se_label se_property se_value unstruct_event tr_orderid tr_affiliation tr_total tr_tax tr_shipping
tr_city tr_state tr_country ti_orderid ti_sku ti_name ti_category ti_price ti_quantity
pp_xoffset_min pp_xoffset_max pp_yoffset_min pp_yoffset_max useragent br_name br_family br_version
br_type br_renderengine br_lang br_features_pdf br_features_flash br_features_java
br_features_director br_features_quicktime br_features_realplayer br_features_windowsmedia
br_features_gears br_features_silverlight br_cookies br_colordepth br_viewwidth br_viewheight
os_name os_family os_manufacturer os_timezone dvce_type dvce_ismobile dvce_screenwidth
dvce_screenheight doc_charset doc_width doc_height tr_currency tr_total_base tr_tax_base
tr_shipping_base ti_currency ti_price_base base_currency geo_timezone mkt_clickid mkt_network
etl_tags dvce_sent_tstamp refr_domain_userid refr_dvce_tstamp derived_contexts domain_sessionid
derived_tstamp event_vendor event_name event_format event_version event_fingerprint true_tstamp
"""
FIELDS = tuple(_NAMES.split())
_ECOMMERCE = "com.snowplowanalytics.snowplow.ecommerce/"
_ENTITY = text_struct(
    *("transaction_id", "revenue", "refund_amount", "currency", "id", "email"),
    *("name", "brand", "category", "price", "quantity"),
)
_ENTITIES = f"array<{text_struct('schema', data=_ENTITY)}>"
_POSITION = {name: place for place, name in enumerate(FIELDS)}
_ALL_ZERO = "^[0-]+$"
_STRUCT = ("se_category", "se_action", "se_label", "se_property", "se_value")
_PAGE = ("page_url", "page_title", "page_referrer")
_CONTEXT = ("app_id", "platform", "domain_sessionid", "domain_sessionidx", "refr_medium",
          "refr_source", "mkt_medium", "mkt_source", "mkt_term", "mkt_content", "mkt_clickid",
          "mkt_network", "geo_country", "geo_city", "useragent", "dvce_type", "os_name",
          "br_name", *_PAGE)  # fmt: skip


def parsed(records: DataFrame, source: SourceSettings) -> DataFrame:
    """The records with `PARSED` columns; `reason` is set if a record is rejected."""
    del source  # parsing does not depend on it
    text = F.rtrim(value_at("$"), F.lit("\r"))
    split = records.withColumn("parts", F.split(text, "\t", -1))
    is_whole = F.size("parts") == len(FIELDS)
    lines = split.withColumn("fields", F.when(is_whole, F.col("parts")))
    times = {name: timestamp_of(_field(name)) for name in ("derived_tstamp", "collector_tstamp")}
    sent = F.try_variant_get(F.try_parse_json(_field("contexts")), "$.data", _ENTITIES)
    is_shop = _field("contexts").contains(_ECOMMERCE)
    timed = lines.withColumns({**times, "entities": F.when(is_shop, sent)})
    return parsed_rows(timed, records.columns, _columns(), _rejections(), _warnings())


def _field(name: str) -> Column:
    return F.nullif(F.get("fields", F.lit(_POSITION[name])), F.lit(""))


def _columns() -> dict[str, Column]:
    is_struct, is_unstruct = _field("event") == "struct", _field("event") == "unstruct"
    is_screen = is_unstruct & (_field("event_name") == "screen_view")
    own_name = F.coalesce(
        F.when(is_struct, _field("se_action")),
        _action(),
        F.when(is_unstruct, _field("event_name")),
    )
    user = _entity("user")
    return {
        "event_id": F.concat_ws(":", _field("event_id"), _field("event_fingerprint")),
        "type": F.when(_field("event") == "page_view", "page")
        .when(is_screen, "screen")
        .otherwise("track"),
        "name": F.coalesce(own_name, _field("event"), _field("event_name")),
        "event_at": F.coalesce("derived_tstamp", "collector_tstamp"),
        "available_at": F.col("collector_tstamp"),
        "order_id": F.coalesce(
            _field("tr_orderid"), _field("ti_orderid"), _moved("transaction_id")
        ),
        "amount": F.coalesce(money(_field("tr_total")), _line_amount(), money(_moved_amount())),
        "currency": F.coalesce(_field("tr_currency"), _field("ti_currency"), _moved("currency")),
        "products": F.coalesce(_products(), _entity_products()),
        "email": user["email"],
        "campaign": _field("mkt_campaign"),
        "properties": F.when(is_unstruct, _inner("unstruct_event", "$.data.data"))
        .when(is_struct, _object_of(*_STRUCT))
        .otherwise(_object_of(*_PAGE)),
        "context": F.to_variant_object(
            F.struct(
                _inner("contexts", "$.data").alias("contexts"),
                _inner("derived_contexts", "$.data").alias("derived_contexts"),
                _object_of(*_CONTEXT).alias("about"),
            )
        ),
        "identifiers": present_identifiers(
            [
                identifier("user_id", _person_id("user_id")),
                identifier("anonymous_id", _person_id("domain_userid")),
                identifier("anonymous_id", _person_id("network_userid")),
                identifier("email", user["email"]),
            ]
        ),
    }


def _person_id(name: str) -> Column:
    return F.when(~_field(name).rlike(_ALL_ZERO), _field(name))


def _quantity() -> Column:
    return _field("ti_quantity").try_cast("decimal(18,3)")


def _line_amount() -> Column:
    quantity = F.coalesce(_quantity(), F.lit(1).cast("decimal(18,3)"))
    return (money(_field("ti_price")) * quantity).try_cast(MONEY)


def _products() -> Column:
    given = {
        "product_id": _field("ti_sku"),
        "name": _field("ti_name"),
        "category": _field("ti_category"),
        "price": money(_field("ti_price")),
        "quantity": _quantity(),
    }
    fields = [
        given.get(one.name, F.lit(None)).cast(one.dataType).alias(one.name) for one in PRODUCT
    ]
    return F.when(_field("ti_sku").isNotNull(), F.array(F.struct(*fields)))


def _action() -> Column:
    """The type of an action of the ecommerce plugin; null for other events."""
    is_action = _field("event_name") == "snowplow_ecommerce_action"
    sent = F.when(is_action, F.try_parse_json(_field("unstruct_event")))
    return F.try_variant_get(sent, "$.data.data.type", "string")


def _entities(name: str) -> Column:
    """The contexts of one schema of the ecommerce plugin."""
    schema = f"{_ECOMMERCE}{name}/"
    found = F.filter("entities", lambda one: one["schema"].contains(schema))
    return F.transform(found, lambda one: one["data"])


def _entity(name: str) -> Column:
    return F.get(_entities(name), F.lit(0))


def _moved(field: str) -> Column:
    """A field of the transaction, or of the refund, that the event is about."""
    return F.coalesce(_entity("transaction")[field], _entity("refund")[field])


def _moved_amount() -> Column:
    return F.coalesce(_entity("transaction")["revenue"], _entity("refund")["refund_amount"])


def _entity_products() -> Column:
    def product(sent: Column) -> Column:
        given = {name: sent[name] for name in ("name", "brand", "category", "price", "quantity")}
        given["product_id"] = sent["id"]
        return F.struct(
            *[given[one.name].try_cast(one.dataType).alias(one.name) for one in PRODUCT]
        )

    found = F.transform(_entities("product"), product)
    return F.when(F.size(found) > 0, found)


def _inner(name: str, path: str) -> Column:
    """The content of a field of self-describing JSON; null if it is invalid."""
    return F.try_variant_get(F.try_parse_json(_field(name)), path, "variant")


def _object_of(*names: str) -> Column:
    """The non-empty fields as one object."""
    return F.try_parse_json(F.to_json(F.struct(*[_field(name).alias(name) for name in names])))


def _rejections() -> Rejections:
    return {
        "wrong_field_count": (F.col("fields").isNull(), f"{len(FIELDS)} fields are expected"),
        "missing_id": (_field("event_id").isNull() | is_missing("event_id"), "event_id"),
        "missing_name": (F.col("name").isNull(), "event"),
        **time_rejections("derived_tstamp or collector_tstamp"),
    }


def _warnings() -> Warnings:
    times = ("derived_tstamp", "collector_tstamp")
    amounts = ("tr_total", "ti_price", "ti_quantity")
    is_too_much = _field("ti_price").isNotNull() & _line_amount().isNull()
    return [
        *[time_warning(name, _field(name), F.col(name)) for name in times],
        *[amount_warning(name, _field(name)) for name in amounts],
        amount_warning("contexts", _moved_amount()),
        ("unreadable_amount", "ti_price", money(_field("ti_price")).isNotNull() & is_too_much),
    ]


FORMATS = (Format("snowplow", "lines", parsed, "text"),)
