"""Merchants, booking texts and comments of the demo bank; `{}` is where personal data goes."""

from __future__ import annotations

MERCHANTS: tuple[tuple[str, ...], ...] = (
    ("FRESHMART", "ALDI SUED", "REWE MARKT", "CARREFOUR CITY", "TESCO EXPRESS", "BIO COMPANY", "LIDL", "MONOPRIX"),
    ("PIZZERIA ROMA", "CAFE CENTRAL", "BURGER HOUSE", "SUSHI BAR", "BRASSERIE DU PORT", "THE OLD PUB", "DELI CORNER"),
    ("LUFTHANSA", "RYANAIR", "SNCF VOYAGES", "BOOKING HOTEL", "DEUTSCHE BAHN", "CITY TAXI", "HERTZ RENTAL"),
    ("PHARMACY PLUS", "DENTAL CLINIC", "OPTICIAN VISION", "CITY HOSPITAL", "PHYSIO CENTRE", "APOTHEKE AM MARKT"),
    ("IKEA", "BAUHAUS", "LEROY MERLIN", "GARDEN WORLD", "HOME DEPOT", "CASTORAMA", "FURNITURE OUTLET"),
    ("MEDIAMARKT", "APPLE STORE", "FNAC", "CURRYS", "GAME STOP", "PHONE HOUSE"),
    ("H&M", "ZARA", "PRIMARK", "C&A", "ZALANDO", "SHOE CITY", "SPORTS DIRECT"),
    ("SHELL STATION", "TOTAL ENERGIES", "ARAL", "CAR WASH PRO", "AUTO SERVICE", "TUEV", "CITY PARKING"),
    ("TOY WORLD", "KINDERGARTEN FEES", "BABY MARKT", "SCHOOL CANTEEN", "KIDS SPORTS CLUB"),
    ("UNIVERSITY FEES", "LANGUAGE SCHOOL", "BOOKSHOP", "ONLINE COURSES", "MUSIC SCHOOL"),
    ("NETFLIX", "SPOTIFY", "CINEMA CITY", "CONCERT TICKETS", "FITNESS CLUB", "STEAM GAMES"),
    ("STADTWERKE", "EDF", "ELECTRIC IRELAND", "VODAFONE", "WATER SERVICES", "INTERNET PROVIDER"),
)

PAYMENT_TEXTS = ("CARD PAYMENT {}", "{} DIRECT DEBIT", "ONLINE PURCHASE {}")
INCOME_CATEGORIES = ("salary", "business income", "student aid", "pension", "benefits", "household allowance")
INCOME_TEXTS = ("SALARY", "INVOICE PAID", "STUDENT AID", "PENSION PAYMENT", "UNEMPLOYMENT BENEFIT", "ALLOWANCE")

# Kinds of personal data, how often each is planted, and in which texts.
BOOKING_TEXTS: tuple[tuple[str, float, tuple[str, ...]], ...] = (
    ("outsider name", 0.34, ("TRANSFER TO {}", "Standing order {} rent", "Gift for {}", "SEPA credit {} thank you")),
    ("full name", 0.2, ("Salary {}", "INVOICE {} OCT", "Account holder {} refund")),
    ("other customer", 0.14, ("TRANSFER TO {}", "Shared holiday {}", "Money back from {}")),
    ("iban", 0.1, ("Own transfer {}", "SEPA {} savings")),
    ("email", 0.1, ("PAYPAL {}", "Subscription {} monthly")),
    ("phone", 0.08, ("TOP-UP {}", "Mobile contract {}")),
    ("national id", 0.04, ("Tax refund {}", "Social security {}")),
)

COMMENTS = (
    "I would like to save more for my retirement.",
    "We are looking for a bigger flat in the next years.",
    "Shares are too risky for me.",
    "Happy with the service so far.",
    "I want my children to study without debts.",
    "Please no more advertising by post.",
    "I have traded shares and funds for years.",
    "A better interest rate would make me stay.",
    "The app could be faster.",
    "We plan a long journey next summer.",
)

NOTES = (
    "Asked for the terms; brochure handed over.",
    "Wants to compare with an offer of another bank.",
    "How long does it take until the money arrives?",
    "Customer will think about it and come back next month.",
    "What happens to the rate if I pay back earlier?",
    "Appointment in the branch agreed for Thursday.",
    "Is the fee charged every year?",
    "No interest at the moment, ask again in spring.",
)

NOTE_TEXTS: tuple[tuple[str, float, tuple[str, ...]], ...] = (
    ("full name", 0.3, ("Spoke with {} about the terms.", "Inquiry by {}: wants a call back.")),
    ("outsider name", 0.25, ("Came with her brother {}.", "Referred by {} of the tax office.")),
    ("phone", 0.2, ("Call back on {} after six.", "Reachable under {}, not before noon.")),
    ("email", 0.15, ("Documents go to {}.", "Wrote from {} and asked for the price list.")),
    ("iban", 0.1, ("The instalment is to be taken from {}.",)),
)

COMMENT_TEXTS: tuple[tuple[str, float, tuple[str, ...]], ...] = (
    ("full name", 0.25, ("My name is {} and I would like to be advised.", "Kind regards, {}")),
    ("outsider name", 0.25, ("My colleague {} recommended you.", "Please talk to my wife {} about the house.")),
    ("email", 0.2, ("You can write to {} at any time.", "Send the offer to {}.")),
    ("phone", 0.2, ("Please call me at {} in the evening.", "My new number is {}.")),
    ("iban", 0.1, ("Please pay the bonus to {}.",)),
)
