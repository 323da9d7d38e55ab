"""Names, places and goods of the simulated people (data only)."""

FIRST_NAMES = (
    "Ayşe", "Mehmet", "Fatma", "Ali", "Zeynep", "Mustafa", "Elif", "Ahmet", "Emine", "Hasan",
    "Merve", "Murat", "Selin", "Can", "Deniz", "Ece", "Kerem", "Leyla", "Onur", "Pelin",
    "Anna", "Ben", "Clara", "David", "Emma", "Felix", "Greta", "Hugo", "Ida", "Jonas",
    "Klara", "Lukas", "Maria", "Noah", "Olivia", "Paul", "Rosa", "Simon", "Tilda", "Viktor",
    "Alice", "Oscar", "Grace", "Henry", "Lily", "Jack", "Sophie", "Thomas", "Nora", "Kevin",
)  # fmt: skip

LAST_NAMES = (
    "Yılmaz", "Kaya", "Demir", "Şahin", "Çelik", "Yıldız", "Aydın", "Öztürk", "Arslan", "Doğan",  # noqa: RUF001
    "Kılıç", "Aslan", "Çetin", "Kara", "Koç", "Kurt", "Özdemir", "Şimşek", "Polat", "Erdoğan",  # noqa: RUF001
    "Müller", "Schmidt", "Fischer", "Weber", "Wagner", "Becker", "Hoffmann", "Schulz", "Koch",
    "Richter", "Klein", "Wolf", "Neumann", "Braun", "Krüger", "Smith", "Jones", "Taylor", "Brown",
    "Wilson", "Evans", "Walker", "Wright", "Green", "Hall", "Wood", "Clarke", "Baker", "Morris",
    "Cooper", "Rossi", "Russo", "Ferrari", "Bianchi", "Silva", "Santos", "Costa", "Moreau",
)  # fmt: skip

MAIL_DOMAINS = (
    "gmail.com", "gmail.com", "hotmail.com", "outlook.com", "yahoo.com", "icloud.com",
    "mail.example", "post.example",
)  # fmt: skip

CITIES = ("Istanbul", "Ankara", "Izmir", "Bursa", "Antalya", "Berlin", "Hamburg", "London", "Leeds")

LOCALES = ("tr-TR", "tr-TR", "tr-TR", "en-GB", "de-DE")

CATEGORIES = ("shoes", "coats", "kitchen", "garden", "toys", "beauty", "books", "audio")

BRANDS = ("Alder", "Birke", "Cedar", "Doruk", "Elm", "Fjord", "Gora", "Hazel", "Iris", "Juno")

KNOWN_JUNK_EMAILS = ("test@test.com", "noreply@shop.example", "n/a@n/a")

KNOWN_JUNK_PHONES = ("000-0000000", "1111111111", "unknown")

KNOWN_JUNK_USERS = ("null", "0", "guest")

ZERO_ADVERTISING_ID = "00000000-0000-0000-0000-000000000000"
