# ruff: noqa: E501
"""A labelled sample: comments as customers write them, and the themes a person finds in them.

Written and labelled before the dictionary read them, and not used to change it.
"""

from __future__ import annotations

from cxmetrics.verbatims import evaluate, read

LABELLED = {
    # French: shops, banks, trains, hotels, telecoms
    "Très bon accueil mais il faut vraiment ouvrir plus de caisses le samedi": "staff staffing checkout",
    "Colis jamais arrivé, le transporteur dit qu'il a été livré. SAV muet.": "delivery contact complaint",
    "Produit conforme, livraison dans les temps, je recommande ce vendeur": "quality delivery delay recommendation staff",
    "40 minutes d'attente avant d'avoir un conseiller qui ne savait rien": "waiting staff",
    "Appli qui plante à chaque mise à jour, impossible de consulter mes comptes": "digital defect",
    "Train supprimé sans explication, aucun remboursement proposé": "delay information returns",
    "Chambre bruyante, literie usée, mais petit déjeuner copieux": "noise comfort food defect",
    "Personnel débordé et peu souriant": "staff staffing",
    "Les prix ont encore augmenté, c'est devenu hors de prix": "price",
    "J'ai renvoyé l'article il y a un mois et toujours rien sur mon compte": "returns",
    "RAS tout est nickel": "overall",
    "Toilettes sales et plus de savon": "cleanliness",
    "On nous balade d'un service à l'autre": "repeat staff",
    "Le vendeur a pris le temps de m'expliquer, très pro": "staff information",
    "Trop de monde, impossible de circuler dans les rayons": "comfort availability",
    "Ma taille n'est jamais disponible": "availability quality",
    "Parking trop petit et payant": "access",
    "Frais de dossier non annoncés": "hidden_fees",
    "Conseillère à l'écoute qui a réglé mon problème en cinq minutes": "staff complaint",
    "Le site ne reconnaît pas mon mot de passe": "digital",
    "Pas de réponse à mes trois mails": "contact",
    "Aucun problème, comme d'habitude": "overall",
    "Le wifi ne fonctionne pas dans la moitié des chambres": "wifi defect comfort",
    "La nourriture était froide et fade": "food",
    "Signalétique inexistante, on tourne en rond": "wayfinding",
    "Une petite attention pour mon anniversaire, merci !": "recognition overall",
    "Banque à fuir, ils m'ont prélevé deux fois": "recommendation hidden_fees checkout",
    "Commande incomplète, il manquait deux articles": "quality",
    "Je n'ai pas eu à attendre, c'était rapide et efficace": "ease",
    "Nous sommes très déçus de l'état de la piscine": "overall",
    "Vigile agressif à l'entrée": "staff security",
    "Le colis était ouvert et la vaisselle cassée": "delivery defect",
    "Obligé de rappeler quatre fois pour la même panne": "repeat defect contact",
    "Quai changé au dernier moment, pas d'annonce": "changes information",
    "Je suis cliente depuis vingt ans et je reviendrai": "recommendation",
    "Ce n'est pas donné mais la qualité est là": "price quality",
    "Ma valise est arrivée abîmée": "baggage defect",
    "Explications confuses, on ne comprend rien à la facture": "information checkout",
    "Horaires d'ouverture trop courts": "availability",
    "Démarches simples, tout se fait en ligne": "ease digital",
    # English
    "Only two tills open on a Saturday, the queue went round the shop": "staffing checkout waiting",
    "My parcel was left in the rain and everything inside was ruined": "delivery defect",
    "Lovely girl on reception, nothing was too much trouble": "staff",
    "App logged me out every five minutes, gave up in the end": "digital",
    "Train was 20 minutes late and there was no announcement": "delay information",
    "Room was spotless but you could hear everything next door": "cleanliness comfort noise",
    "Emailed twice, no reply": "contact repeat",
    "They promised a call back and never rang": "contact trust",
    "Refund took six weeks": "returns waiting",
    "Great choice of shoes, shame about the prices": "availability price",
    "Couldn't find a single member of staff to ask": "staff staffing",
    "The chicken was dry but the dessert was lovely": "food",
    "Paid extra for a seat and then they moved me": "hidden_fees changes comfort",
    "Had to explain my problem to four different people": "repeat",
    "Not a single complaint, keep it up": "overall",
    "No lift and no ramp, my mother could not get in": "access",
    "The mug arrived in pieces": "defect",
    "Honest advice, didn't try to sell me anything I don't need": "trust staff",
    "Card machine was down so cash only": "checkout defect digital",
    "I'll take my business elsewhere": "recommendation",
}  # fmt: skip


def test_a_sample_that_was_kept_apart() -> None:
    found = evaluate(read(list(LABELLED)), [said.split() for said in LABELLED.values()])
    assert found.precision is not None
    assert found.recall is not None
    assert found.precision > 0.70
    assert found.recall > 0.70
