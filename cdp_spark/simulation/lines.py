"""Events as lines of JSON in the form of the Segment spec."""

from pyspark.sql import Column
from pyspark.sql import functions as F

from cdp_spark.simulation.settings import WorldSettings

_SHOP = "https://shop.example"
_MOMENT = "yyyy-MM-dd'T'HH:mm:ss.SSS'Z'"

_TRACKED = {
    "search": "Products Searched",
    "view 1": "Product Viewed",
    "view 2": "Product Viewed",
    "view 3": "Product Viewed",
    "add": "Product Added",
    "checkout": "Checkout Started",
    "coupon": "Coupon Applied",
    "order": "Order Completed",
    "refund": "Order Refunded",
    "opened": "Email Opened",
    "clicked": "Email Link Clicked",
}
_CALLS = {"login": "identify", "alias": "alias", "group": "group"}
_CAMPAIGNS = (  # the campaign of a visit, by came_from; other values have none
    ("spring sale", "google", "cpc"),
    ("lookalikes", "meta", "paid_social"),
    ("weekly news", "newsletter", "email"),
)


def line_of(settings: WorldSettings) -> Column:
    """An event and its delivery as one JSON object, without empty keys.

    Reads the columns of events_of, and sent_ms and received_ms (milliseconds since 1970 UTC). The
    session's time zone must be UTC.
    """
    is_identify = F.col("kind") == "login"
    return F.to_json(
        F.struct(
            _type().alias("type"),
            F.col("event_id").alias("messageId"),
            F.col("sent_user_id").alias("userId"),
            F.col("anonymous_id").alias("anonymousId"),
            _by_kind(_TRACKED).alias("event"),
            F.when(F.col("kind") == "home", F.lit("Home")).alias("name"),
            F.when(F.col("kind") == "alias", F.col("anonymous_id")).alias("previousId"),
            F.when(F.col("kind") == "group", F.col("company")).alias("groupId"),
            F.when(~F.col("kind").isin(*_CALLS), _properties(settings)).alias("properties"),
            F.when(is_identify, _profile()).alias("traits"),
            _context(is_identify).alias("context"),
            _moment("happened_ms").alias("timestamp"),
            _moment("happened_ms").alias("originalTimestamp"),
            _moment("sent_ms").alias("sentAt"),
            _moment("received_ms").alias("receivedAt"),
        )
    )


def _moment(name: str) -> Column:
    return F.date_format(F.timestamp_millis(F.col(name)), _MOMENT)


def _by_kind(names: dict[str, str]) -> Column:
    pairs = [F.lit(text) for pair in names.items() for text in pair]
    return F.try_element_at(F.create_map(*pairs), F.col("kind"))


def _type() -> Column:
    opening = F.when(F.col("is_app"), F.lit("screen")).otherwise(F.lit("page"))
    return F.when(F.col("kind") == "home", opening).otherwise(
        F.coalesce(_by_kind(_CALLS), F.lit("track"))
    )


def _properties(settings: WorldSettings) -> Column:
    """The properties of the e-commerce spec; NULL where a kind of event lacks one."""
    kind = F.col("kind")
    shown = kind.isin("view 1", "view 2", "view 3", "add")
    number = F.when(kind == "view 3", 3).when(kind == "view 2", 2).otherwise(1)
    product = F.when(shown, F.try_element_at(F.col("basket"), number.cast("int")))
    sells = kind.isin("checkout", "order", "coupon")
    ordered = kind.isin("checkout", "order", "coupon", "refund")
    priced = shown | sells | (kind == "refund")
    mailed = kind.isin("opened", "clicked")
    order_id = F.concat(F.lit("o"), F.col("person"), F.lit("-"), F.col("visit"))
    names = ("product_id", "sku", "name", "brand", "category", "price")
    path = _path()
    return F.struct(
        *[product[name].alias(name) for name in names],
        F.when(kind == "search", F.col("basket")[0]["category"]).alias("query"),
        F.when(ordered, order_id).alias("order_id"),
        F.when(kind.isin("order", "refund", "checkout"), F.col("basket_amount")).alias("total"),
        F.when(kind == "order", F.col("basket_amount")).alias("revenue"),
        F.when(priced, F.lit(settings.currency)).alias("currency"),
        F.when(sells & F.col("has_coupon"), F.lit("WELCOME10")).alias("coupon"),
        F.when(kind.isin("order", "checkout"), F.col("basket")).alias("products"),
        F.when(mailed, F.col("campaign_id")).alias("campaign_id"),
        F.when(kind == "home", path).alias("path"),
        F.when(kind == "home", F.concat(F.lit(_SHOP), path)).alias("url"),
    )


def _profile() -> Column:
    """The traits of an identify call."""
    return F.struct(
        F.col("sent_email").alias("email"),
        F.col("sent_phone").alias("phone"),
        F.col("first_name").alias("firstName"),
        F.col("last_name").alias("lastName"),
        _address().alias("address"),
        F.col("birthday").cast("string").alias("birthday"),
    )


def _address() -> Column:
    country = (
        F.when(F.col("city").isin("London", "Leeds"), F.lit("GB"))
        .when(F.col("city").isin("Berlin", "Hamburg"), F.lit("DE"))
        .otherwise(F.lit("TR"))
    )
    return F.struct("city", country.alias("country"), F.col("postal_code").alias("postalCode"))


def _context(is_identify: Column) -> Column:
    gives_contact = F.col("sent_email").isNotNull() | F.col("sent_phone").isNotNull()
    contact = F.struct(F.col("sent_email").alias("email"), F.col("sent_phone").alias("phone"))
    card = F.struct(
        F.col("sent_loyalty_id").alias("id"),
        F.lit("loyalty_id").alias("type"),
        F.lit("users").alias("collection"),
        F.lit("none").alias("encoding"),
    )
    choices = F.struct("marketing", "analytics")
    device = F.struct(F.col("advertising_id").alias("advertisingId"))
    return F.struct(
        F.when(F.col("advertising_id").isNotNull(), device).alias("device"),
        F.when(F.col("anonymous_id").isNotNull() & ~F.col("is_app"), _page()).alias("page"),
        F.when(F.col("anonymous_id").isNotNull(), _campaign()).alias("campaign"),
        F.when(F.col("anonymous_id").isNotNull(), _address_of_network()).alias("ip"),
        F.col("locale").alias("locale"),
        F.when(gives_contact & ~is_identify, contact).alias("traits"),
        F.when(F.col("sent_loyalty_id").isNotNull(), F.array(card)).alias("externalIds"),
        F.struct(choices.alias("categoryPreferences")).alias("consent"),
    )


def _path() -> Column:
    kind = F.col("kind")
    return (
        F.when(kind == "search", F.lit("/search"))
        .when(kind.startswith("view"), F.lit("/product"))
        .when(kind.isin("add", "coupon"), F.lit("/cart"))
        .when(kind.isin("checkout", "order"), F.lit("/checkout"))
        .when(kind.isin(*_CALLS), F.lit("/account"))
        .otherwise(F.lit("/"))
    )


def _page() -> Column:
    path = _path()
    is_first = F.col("kind") == "home"
    referrer = F.when(is_first & (F.col("came_from") == 0), F.lit("https://search.example/"))
    return F.struct(
        path.alias("path"), F.concat(F.lit(_SHOP), path).alias("url"), referrer.alias("referrer")
    )


def _campaign() -> Column:
    cases = [
        F.struct(
            F.lit(name).alias("name"), F.lit(source).alias("source"), F.lit(medium).alias("medium")
        )
        for name, source, medium in _CAMPAIGNS
    ]
    found = F.when(F.col("came_from") == 0, cases[0])
    for value, case in enumerate(cases[1:], start=1):
        found = found.when(F.col("came_from") == value, case)
    return found


def _address_of_network() -> Column:
    """An address of a private network, one per household."""
    household = F.col("household")
    parts = [F.pmod(F.floor(household / 256**power), F.lit(256)) for power in (2, 1, 0)]
    return F.concat_ws(".", F.lit("10"), *[part.cast("string") for part in parts])
