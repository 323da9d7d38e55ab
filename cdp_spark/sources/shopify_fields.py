"""Fields of Shopify's REST and GraphQL APIs, as they are extracted from a record."""

from pyspark.sql import Column
from pyspark.sql import functions as F

from cdp_spark.sources.parsed import text_struct

_GID = r"^gid://shopify/[A-Za-z]+/"

_MONEY = text_struct(shopMoney=text_struct("amount", "currencyCode"))
_ADDRESS = text_struct(
    *("first_name", "last_name", "phone", "city", "country", "firstName", "lastName"),
)
_CONSENT = text_struct("state", "marketingState")
_PERSON_FIELDS: dict[str, str] = {
    **dict.fromkeys(("id", "email", "phone", "first_name", "last_name"), "string"),
    **dict.fromkeys(("firstName", "lastName"), "string"),
    "email_marketing_consent": _CONSENT,
    "sms_marketing_consent": _CONSENT,
    "emailMarketingConsent": _CONSENT,
    "smsMarketingConsent": _CONSENT,
    "default_address": _ADDRESS,
    "defaultAddress": _ADDRESS,
    "defaultEmailAddress": text_struct("emailAddress", "marketingState"),
    "defaultPhoneNumber": text_struct("phoneNumber", "marketingState"),
}
_PERSON = text_struct(**_PERSON_FIELDS)
_LINE = text_struct(
    *("product_id", "sku", "title", "vendor", "price", "quantity"),
    gift_card="boolean",
    isGiftCard="boolean",
    product=text_struct("id"),
    originalUnitPriceSet=_MONEY,
)


def _connection(node: str) -> str:
    """The DDL of a list in GraphQL, asked for by edges or by nodes."""
    return text_struct(edges=f"array<{text_struct(node=node)}>", nodes=f"array<{node}>")


ORDER = text_struct(
    *("id", "created_at", "processed_at", "updated_at", "cancelled_at", "email", "phone"),
    *("contact_email", "total_price", "currency", "landing_site", "financial_status"),
    *("createdAt", "processedAt", "updatedAt", "cancelledAt", "displayFinancialStatus"),
    *("landingPageUrl", "currencyCode"),
    test="boolean",
    buyer_accepts_marketing="boolean",
    customer=_PERSON,
    billing_address=_ADDRESS,
    billingAddress=_ADDRESS,
    line_items=f"array<{_LINE}>",
    lineItems=_connection(_LINE),
    totalPriceSet=_MONEY,
)
_RETURNED = text_struct("quantity", line_item=_LINE, lineItem=_LINE)
TRANSACTION = text_struct(
    *("kind", "status", "amount", "currency"), test="boolean", amountSet=_MONEY
)
REFUND = text_struct(
    *("id", "order_id", "created_at", "processed_at", "createdAt", "processedAt"),
    transactions="variant",  # a list or a connection; see `shopify_repayments`
    refund_line_items=f"array<{_RETURNED}>",
    refundLineItems=_connection(_RETURNED),
    test="boolean",  # of the order that holds the refund
    order=text_struct("id"),
    totalRefundedSet=_MONEY,
)
CUSTOMER = text_struct(
    *("created_at", "updated_at", "createdAt", "updatedAt"),
    accepts_marketing="boolean",
    **_PERSON_FIELDS,
)
# Field of the REST API → that of the GraphQL API.
GRAPHQL = {
    "created_at": "createdAt",
    "processed_at": "processedAt",
    "updated_at": "updatedAt",
    "cancelled_at": "cancelledAt",
    "total_price": "totalPriceSet.shopMoney.amount",
    "currency": "totalPriceSet.shopMoney.currencyCode",
    "financial_status": "displayFinancialStatus",
    "landing_site": "landingPageUrl",
    "first_name": "firstName",
    "last_name": "lastName",
    "customer.first_name": "customer.firstName",
    "customer.last_name": "customer.lastName",
    "customer.email": "customer.defaultEmailAddress.emailAddress",
    "customer.phone": "customer.defaultPhoneNumber.phoneNumber",
    "default_address.phone": "defaultAddress.phone",
    **{
        f"{place}{old}.{name}": f"{place}{new}.{name}"
        for place, old, new in (
            ("", "default_address", "defaultAddress"),
            ("customer.", "default_address", "defaultAddress"),
            ("", "billing_address", "billingAddress"),
        )
        for name in ("city", "country", "phone")
    },
    **{
        f"{place}{old}.{name}": f"{place}{new}.{camel}"
        for place, old, new in (
            ("", "billing_address", "billingAddress"),
            ("customer.", "default_address", "defaultAddress"),
        )
        for name, camel in (("first_name", "firstName"), ("last_name", "lastName"))
    },
    **{
        f"{place}{channel}_marketing_consent.state": f"{place}{channel}MarketingConsent"
        ".marketingState"
        for place in ("", "customer.")
        for channel in ("email", "sms")
    },
}


def number_in(gid: Column) -> Column:
    """The number in a GraphQL id; other ids as they are."""
    return F.regexp_replace(gid, _GID, "")
