"""What is said of what: negations, clauses, idioms, in English and French."""

from __future__ import annotations

import pytest

from cxmetrics.verbatims import Reading, read

SIGNS = {"negative": "-", "positive": "+", "neutral": "=", None: "?"}

# The mentions that a person finds: theme and tone (- bad, + good, = both, ? nothing said); "!"
# is before one that does not count: an irritant that is denied or praised, a wow that is denied.
SENTENCES = {
    "en": {
        # measured failures of lexicons (VADER: 0 for both)
        "I am never buying from them again": "recommendation-",
        "Waited 45 minutes, nobody answered": "waiting- contact-",
        # a negation turns round what follows it
        "The staff was not friendly": "staff-",
        "The staff wasnt friendly": "staff-",
        "Staff were neither helpful nor polite": "staff-",
        "The staff is not rude": "staff+",
        "Nobody was rude": "staff+",
        "No waiting at all": "!waiting+",
        "There was no queue": "!waiting+",
        "I never had to wait": "!waiting+",
        "We did not wait long, great staff": "!waiting+ staff+",
        "Without any delay": "!delay+",
        "The parcel was not late": "!delay+ delivery+",
        "My flight wasn't delayed": "!delay+",
        "Never broken, never noisy": "!defect+ !noise+",
        "Not expensive at all": "price+",
        "It is not clean": "cleanliness-",
        "The rooms weren't clean": "cleanliness-",
        "It was not easy to pay": "ease- checkout-",
        "No wifi": "wifi-",
        "There is no parking": "access-",
        "Shop without parking": "access-",
        "No seats, no food": "comfort- food-",
        # it stops at the end of the clause
        "No wifi, but the food was delicious": "wifi- food+",
        "Not cheap. Friendly staff": "price- staff+",
        "Not cheap, friendly staff": "price- staff+",
        "The food was not good but the staff was lovely": "food- staff+",
        "The food was not good and the staff was lovely": "food- staff+",
        "The queue was endless, however the cashier was very kind": "waiting- staff+",
        "I did not like the food because the soup was cold": "food-",
        "Great food, although the service was slow": "food+ staff- waiting-",
        # and after a few words
        "I do not know whom to thank but your team is great": "staff+",
        # twice is once the other way
        "It is not that the staff is not friendly": "staff+",
        "Not without delay": "delay-",
        "You never go without a smile": "staff+",
        # what only looks like a negation
        "Not only cheap, the staff is kind too": "price+ staff+",
        "Not only rude, also slow": "staff- waiting-",
        "No doubt the best service": "staff+",
        "No wonder the queue was long": "waiting-",
        # idioms that look bad and are good
        "No complaints": "overall+",
        "No problems whatsoever": "overall+",
        "Can't fault the service": "staff+ overall+",
        "Nothing to complain about": "overall+",
        "I have nothing to complain about": "overall+",
        "Couldn't be happier": "overall+",
        "Could not have been better": "overall+",
        "Not bad": "overall+",
        "Not bad at all": "overall+",
        "Never disappointed": "overall+",
        "Parking was no problem": "access+ overall+",
        "Delivered without a hitch": "delivery+ overall+",
        "Can't wait to come back": "recommendation+",
        "Worth the wait": "",
        # and the other way round
        "Never again": "recommendation-",
        "I do not recommend this shop": "recommendation-",
        "I would not recommend it": "recommendation-",
        "I would recommend it": "recommendation+",
        "Could be better": "overall-",
        "Leaves a lot to be desired": "overall-",
        "Nothing special": "overall-",
        "Thanks for nothing": "overall-",
        # spelling, capitals, held letters
        "THE LADIES ARE RUDE WHO CHECK BAGS": "staff- baggage-",
        "COULDNT CONNECT TO WIFI": "wifi-",
        "Sloooow delivery": "delivery- waiting-",
        "Staff was sooo friendly!!!": "staff+",
        "Delivery 👍": "delivery+",
        "Delivery :-)": "delivery+",
        "Delivery 😡": "delivery-",
        # things by themselves
        "WIFI": "wifi?",
        "The waiting room": "",
        "I had to repeat my story three times": "repeat-",
        "They remembered me, what a surprise": "recognition+",
        "No surprise gift this time": "!recognition-",
        "Hidden fees": "hidden_fees-",
        "Out of stock again": "availability-",
        "Still waiting for a refund": "waiting- returns-",
        "Solved in one call, with a smile": "complaint+ staff+ contact+",
        "": "",
    },
    "fr": {
        # measured failures of lexicons (vader-fr +.20, -.10, +.32; textblob-fr -.10, +.35)
        "Je ne recommande pas cette banque": "recommendation-",
        "Rien à redire, parfait": "overall+",
        "L'attente est interminable mais le conseiller est compétent": "waiting- staff+",
        "Ce n'est pas mal": "overall+",
        # ne ... pas, and without ne
        "Le personnel n'est pas aimable": "staff-",
        "Le personnel est pas aimable": "staff-",
        "Le vendeur n'était jamais désagréable": "staff+",
        "Personne n'est désagréable ici": "staff+",
        "Ce n'est plus propre": "cleanliness-",
        "Les toilettes ne sont jamais propres": "cleanliness-",
        "Aucune attente": "!waiting+",
        "Pas d'attente, personnel aimable": "!waiting+ staff+",
        "Je n'ai pas attendu": "!waiting+",
        "On n'attend jamais": "!waiting+",
        "Sans attente": "!waiting+",
        "Aucun retard": "!delay+",
        "Jamais eu aucun retard": "!delay+",
        "Le colis n'est pas cassé": "!defect+ delivery+",
        "Pas cher": "price+",
        "Ce n'est pas cher": "price+",
        "C'est trop cher": "price-",
        "Ce n'est pas facile": "ease-",
        "Pas de wifi": "wifi-",
        "Aucun parking": "access-",
        "Le site ne marche pas": "digital- defect-",
        "Ma commande n'était pas prête": "delay-",
        "Aucune réponse": "contact-",
        "Personne ne répond au téléphone": "contact-",
        "On ne m'a jamais rappelé": "contact-",
        "Rien n'est clair": "information-",
        # only: no negation
        "Il n'y a que du personnel aimable": "staff+",
        "Pas seulement aimable, aussi compétent": "staff+",
        # it stops at the end of the clause
        "Pas de wifi mais chambre confortable": "wifi- comfort+",
        "Pas cher, personnel aimable": "price+ staff+",
        "Le repas n'était pas bon mais le serveur très gentil": "food- staff+",
        "Le repas n'était pas bon et le serveur était très gentil": "food- staff+",
        "Bon accueil, cependant les prix sont élevés": "staff+ price-",
        # twice
        "Ce n'est pas sans attente": "waiting-",
        "Je ne dis pas que le vendeur n'est pas aimable": "staff+",
        # idioms that look bad and are good
        "rien a dire": "overall+",
        "Rien à reprocher": "overall+",
        "RAS, aucun problème": "overall+",
        "Pas de problème": "overall+",
        "Sans souci": "overall+",
        "Jamais déçu": "overall+",
        "Pas mal du tout": "overall+",
        "On ne peut pas mieux": "overall+",
        "Que du positif": "overall+",
        "N'hésitez pas, équipe au top": "staff+ overall+",
        "Je n'ai pas à me plaindre": "overall+",
        # and the other way round
        "Je recommande": "recommendation+",
        "Je ne recommande pas": "recommendation-",
        "Je recommande pas du tout": "recommendation-",
        "Plus jamais": "recommendation-",
        "À fuir": "recommendation-",
        "Je n'y retournerai pas": "recommendation-",
        "Pas terrible": "overall-",
        "Pas top": "overall-",
        "Laisse à désirer": "overall-",
        "Rien de spécial": "overall-",
        "Merci pour rien": "overall-",
        # spelling, capitals, accents
        "TRES DECU PAR LA LIVRAISON": "overall- delivery-",
        "Nuuuul, livraison en retard": "overall- delivery- delay-",
        "service client INJOIGNABLE": "staff- contact-",
        "L’hôtesse d’accueil est malpolie": "staff-",
        "Livraison 👍": "delivery+",
        # things by themselves
        "La salle d'attente": "",
        "À la hauteur de mes attentes": "",
        "Pas mal de monde": "",
        "J'ai dû répéter mon histoire trois fois": "repeat-",
        "Un petit cadeau, quelle surprise": "recognition+",
        "Frais cachés": "hidden_fees-",
        "Rupture de stock": "availability-",
        "Toujours pas remboursé": "returns-",
        "Une seule caisse ouverte et une longue file": "staffing- waiting- checkout-",
    },
}


def told(reading: Reading) -> set[str]:
    return {f"{'' if m.counts else '!'}{m.theme}{SIGNS[m.tone]}" for m in reading.mentions}


@pytest.mark.parametrize(
    ("language", "text", "mentions"),
    [(tag, text, said) for tag, table in SENTENCES.items() for text, said in table.items()],
)
def test_the_mentions_a_person_finds(language: str, text: str, mentions: str) -> None:
    assert told(read([text], language=language)[0]) == set(mentions.split())
