"""Snowplow's enriched events: one line of 131 tab-separated fields each.

Fields and their order: https://docs.snowplow.io/docs/fundamentals/canonical-event/. Exactly 131
are taken, as the public analytics SDKs do: a line with fewer or more can't be told from one whose
fields have shifted. Empty fields at the end count.

`event_id` is Snowplow's own and the fingerprint together, for by its rules events with the same id
and another fingerprint are two events, and with the same fingerprint one. `available_at` is the
collector's time: it stays the same when events are enriched again. An event that asks for no
tracking carries an all-zero UUID, which names nobody. The domain's and the network's cookie are
both ids of the browser; that of a referring site is left out, because links are passed on. Where
the network stands is no address of the person and stays out of `city` and `country`.
"""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from cdp_spark.sources import Format
from cdp_spark.sources.parsed import (
    MONEY,
    Faults,
    at,
    is_bad_amount,
    is_missing,
    is_unread,
    money,
    present,
    seen,
    time_faults,
    told,
)
from cdp_spark.sources.settings import SourceSettings
from cdp_spark.tables.silver import PRODUCT
from cdp_spark.values.moment import moment_of

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
_PLACE = {name: place for place, name in enumerate(FIELDS)}
_NOBODY = "^[0-]+$"
_STRUCT = ("se_category", "se_action", "se_label", "se_property", "se_value")
_PAGE = ("page_url", "page_title", "page_referrer")
_ABOUT = ("app_id", "platform", "domain_sessionid", "domain_sessionidx", "refr_medium",
          "refr_source", "mkt_medium", "mkt_source", "mkt_term", "mkt_content", "mkt_clickid",
          "mkt_network", "geo_country", "geo_city", "useragent", "dvce_type", "os_name",
          "br_name", *_PAGE)  # fmt: skip


def parsed(records: DataFrame, source: SourceSettings) -> DataFrame:
    """The records with `PARSED` columns; `reason` says why a record is no event."""
    del source  # every Snowplow source is parsed alike
    text = F.rtrim(at("$"), F.lit("\r"))
    split = records.withColumn("parts", F.split(text, "\t", -1))
    is_whole = F.size("parts") == len(FIELDS)
    lines = split.withColumn("fields", F.when(is_whole, F.col("parts")))
    times = {name: moment_of(_field(name)) for name in ("derived_tstamp", "collector_tstamp")}
    return told(lines.withColumns(times), records.columns, _told(), _faults())


def _field(name: str) -> Column:
    return F.nullif(F.get("fields", F.lit(_PLACE[name])), F.lit(""))


def _told() -> dict[str, Column]:
    is_struct, is_unstruct = _field("event") == "struct", _field("event") == "unstruct"
    is_screen = is_unstruct & (_field("event_name") == "screen_view")
    own_name = F.when(is_struct, _field("se_action")).when(is_unstruct, _field("event_name"))
    return {
        "event_id": F.concat_ws(":", _field("event_id"), _field("event_fingerprint")),
        "type": F.when(_field("event") == "page_view", "page")
        .when(is_screen, "screen")
        .otherwise("track"),
        "name": F.coalesce(own_name, _field("event"), _field("event_name")),
        "event_at": F.coalesce("derived_tstamp", "collector_tstamp"),
        "available_at": F.col("collector_tstamp"),
        "order_id": F.coalesce(_field("tr_orderid"), _field("ti_orderid")),
        "amount": F.coalesce(money(_field("tr_total")), _line_amount()),
        "currency": F.coalesce(_field("tr_currency"), _field("ti_currency")),
        "products": _products(),
        "campaign": _field("mkt_campaign"),
        "properties": F.when(is_unstruct, _inner("unstruct_event", "$.data.data"))
        .when(is_struct, _together(*_STRUCT))
        .otherwise(_together(*_PAGE)),
        "context": F.to_variant_object(
            F.struct(
                _inner("contexts", "$.data").alias("contexts"),
                _inner("derived_contexts", "$.data").alias("derived_contexts"),
                _together(*_ABOUT).alias("about"),
            )
        ),
        "identifiers": present(
            [
                seen("user_id", _named("user_id")),
                seen("anonymous_id", _named("domain_userid")),
                seen("anonymous_id", _named("network_userid")),
            ]
        ),
    }


def _named(name: str) -> Column:
    return F.when(~_field(name).rlike(_NOBODY), _field(name))


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


def _inner(name: str, path: str) -> Column:
    """What a field of self-describing JSON holds; null where it is broken."""
    return F.try_variant_get(F.try_parse_json(_field(name)), path, "variant")


def _together(*names: str) -> Column:
    """The fields that are filled as one object."""
    return F.try_parse_json(F.to_json(F.struct(*[_field(name).alias(name) for name in names])))


def _faults() -> Faults:
    amounts = [_field(name) for name in ("tr_total", "ti_price", "ti_quantity")]
    is_too_much = _field("ti_price").isNotNull() & F.col("amount").isNull()
    times = ("derived_tstamp", "collector_tstamp")
    return {
        "wrong_field_count": (F.col("fields").isNull(), f"{len(FIELDS)} fields are expected"),
        "missing_id": (_field("event_id").isNull() | is_missing("event_id"), "event_id"),
        "missing_name": (F.col("name").isNull(), "event"),
        **time_faults(
            "derived_tstamp or collector_tstamp",
            F.col("collector_tstamp").isNull(),
            *[is_unread(_field(name), F.col(name)) for name in times],
        ),
        "bad_amount": (is_bad_amount(*amounts) | is_too_much, "tr_total, ti_price or ti_quantity"),
    }


FORMATS = (Format("snowplow", "lines", parsed, "text"),)
