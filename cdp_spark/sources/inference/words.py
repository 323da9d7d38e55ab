"""Words of column names: English, Turkish, German, French, Spanish, Romanian, Arabic, Chinese.

Words are as `columns.folded` writes them, without separators; the best word of a field comes first.
"""

FIELD_WORDS: dict[str, tuple[str, ...]] = {
    "event_at": (
        "eventat", "eventtime", "occurredat", "timestamp", "paidat", "createdat", "orderdate",
        "orderedat", "siparistarihi", "islemtarihi", "kayittarihi", "tarih", "zaman",
        "bestelldatum",
        "kaufdatum", "datum", "zeitpunkt", "datecommande", "datedecommande", "dateheure", "date",
        "fechapedido", "fecha", "datacomenzii", "data", "التاريخ", "تاريخ", "日期", "时间",
        "订单日期", "下单时间", "createddate", "ts", "time", "datetime",
    ),
    "birth_on": (
        "dob", "birthdate", "dateofbirth", "birthday", "dogumtarihi", "geburtsdatum", "geburtstag",
        "datedenaissance", "fechadenacimiento", "datanasterii", "تاريخالميلاد", "出生日期", "生日",
    ),
    "order_id": (
        "orderid", "orderno", "ordernumber", "siparisno", "siparisnumarasi", "fisno", "faturano",
        "bestellnummer", "bestellnr", "auftragsnummer", "numerodecommande", "commande", "pedido",
        "numerodepedido", "numarcomanda", "nrcomanda", "comanda", "رقمالطلب", "订单号", "订单编号",
        "receiptno",
    ),
    "amount": (
        "amountpaid", "totalpaid", "grandtotal", "orderamount", "ordertotal", "total", "amount",
        "totalspent", "geneltoplam", "toplamtutar", "tutar", "toplam", "gesamtbetrag", "betrag",
        "summe", "umsatz", "montanttotal", "montant", "importetotal", "importe", "monto",
        "sumatotala", "suma", "valoare", "المبلغالاجمالي", "المبلغ", "الاجمالي",
        "金额", "总金额", "实付金额",
    ),
    "currency": (
        "currency", "currencycode", "parabirimi", "doviz", "wahrung", "devise", "monnaie", "moneda",
        "divisa", "العملة", "币种", "货币",
    ),
    "first_name": (
        "firstname", "givenname", "ad", "adi", "isim", "vorname", "prenom", "nombre", "prenume",
        "الاسمالاول", "名字", "名",
    ),
    "last_name": (
        "lastname", "surname", "familyname", "soyad", "soyadi", "nachname", "familienname",
        "nomdefamille", "apellido", "apellidos", "numedefamilie", "اسمالعايلة", "姓",
    ),
    "city": ("city", "sehir", "il", "stadt", "ort", "ville", "ciudad", "oras", "المدينة", "城市"),
    "country": ("country", "countrycode", "ulke", "land", "pays", "pais", "tara", "الدولة", "国家"),
    "quantity": ("quantity", "qty", "adet", "miktar", "menge", "anzahl", "quantite", "cantidad",
                 "cantitate", "الكمية", "数量"),
    "price": ("price", "unitprice", "birimfiyat", "fiyat", "preis", "einzelpreis", "prix",
              "precio", "pret", "السعر", "单价", "价格"),
    "product_name": ("productname", "itemname", "urunadi", "urun", "artikel", "produkt", "produit",
                     "producto", "produs", "المنتج", "产品", "商品名称"),
    "product_id": ("sku", "productid", "itemid", "urunkodu", "stokkodu", "artikelnummer",
                   "reference", "商品编号"),
}  # fmt: skip

KIND_WORDS: dict[str, tuple[str, ...]] = {
    "email": ("email", "emailaddress", "mail", "eposta", "epostaadresi", "emailadresse", "courriel",
              "correo", "correoelectronico", "البريدالالكتروني", "البريد", "邮箱", "电子邮件"),
    "phone": ("phone", "phonenumber", "mobile", "tel", "telefon", "telefonno", "ceptelefonu", "gsm",
              "handy", "telefonnummer", "telephone", "portable", "telefono", "movil", "الهاتف",
              "الجوال", "电话", "手机", "手机号"),
    "user_id": ("userid", "customerid", "customerno", "customernumber", "clientid", "memberid",
                "musterino", "musterinumarasi", "uyeno", "kundennummer", "kundennr", "numeroclient",
                "idclient", "clienteid", "idcliente", "codclient", "رقمالعميل", "客户编号",
                "会员号"),
    "loyalty_id": ("loyaltyid", "loyaltyno", "cardno", "kartno", "sadakatkartno", "kundenkarte",
                   "cartedefidelite", "tarjeta", "cardfidelitate", "会员卡号"),
    "advertising_id": ("advertisingid", "maid", "idfa", "gaid", "ifa", "adid"),
    "anonymous_id": ("anonymousid", "cookie", "cookieid", "visitorid", "clientcookie", "cerez"),
    "device_id": ("deviceid", "cihazno", "cihazid", "geratid", "deviceserial"),
}  # fmt: skip

# Words that say what an amount is not: a part of it, what came back, or a number of things.
NOT_PAID = (
    "subtotal", "shipping", "tax", "kdv", "vat", "mwst", "discount", "indirim", "rabatt", "refund",
    "iade", "fee", "tip", "orders", "count", "adet", "sayisi", "anzahl", "quantity", "kargo",
)  # fmt: skip

CONSENT_WORDS: dict[str, tuple[str, ...]] = {
    "marketing": ("marketing", "newsletter", "acceptsmarketing", "emailmarketing", "pazarlamaizni",
                  "iletisimizni", "izin", "werbung", "einwilligung", "optin", "consent",
                  "acceptsemailmarketing", "营销"),
}  # fmt: skip
STATUS_WORDS = ("financialstatus", "orderstatus", "durum", "siparisdurumu", "status", "statut",
                "estado", "stare", "الحالة", "状态", "订单状态")  # fmt: skip
COUNTRY_OF_WORDS = {
    "TR": ("musteri", "eposta", "tutar", "tarih", "siparis", "soyad", "telefonno", "parabirimi"),
    "DE": ("kunden", "betrag", "bestell", "vorname", "nachname", "datum"),
    "FR": ("montant", "courriel", "prenom", "commande"),
    "ES": ("importe", "correo", "apellido", "pedido", "fecha"),
    "RO": ("comanda", "prenume", "valoare", "oras"),
    "CN": ("订单", "客户", "金额", "日期", "手机"),
}
