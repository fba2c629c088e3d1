"""What the names of columns say, in English, German, French and Spanish; only words that seldom mean anything else."""

import re
import unicodedata

TARGET = {
    "target", "target_variable", "y_true", "true_label", "ground_truth", "ziel", "zielvariable", "zielgroesse",
    "zielgrosse", "cible", "variable_cible", "objetivo", "variable_objetivo",
}  # fmt: skip
OFTEN_TARGET = {"label", "labels", "y", "class", "outcome", "response", "klasse", "classe", "clase", "etiqueta"}
"""Also the name of a colour, a place, a ticket's class, a time in milliseconds: to be taken with care."""
OUTCOME = {
    "churn", "churned", "is_churn", "fraud", "is_fraud", "fraudulent", "survived", "readmitted", "defaulted", "clicked",
    "converted", "late", "delayed", "gekuendigt", "gekundigt", "kuendigung", "kundigung", "betrug", "resilie", "resiliation", "fraude",
    "abandono",
}  # fmt: skip
"""What became of it, with two values."""
WEIGHTS = {
    "sample_weight", "sample_weights", "case_weight", "survey_weight", "stichprobengewicht", "poids_echantillon",
    "ponderation", "ponderacion",
}  # fmt: skip
OFTEN_WEIGHTS = {"weight", "weights", "gewicht", "gewichte", "poids", "peso"}
"""A body's or a parcel's as well."""
SCORE = {"y_score", "y_prob", "y_proba", "proba", "predicted_probability", "predicted_proba"}
OFTEN_SCORE = {"score", "scores", "probability", "p1"}
"""A credit score, the chance of rain: features too."""
PREDICTION = {"y_pred", "yhat", "y_hat"}
OFTEN_PREDICTION = {"prediction", "predictions", "predicted", "pred"}
LOGGED = SCORE | PREDICTION | {"y_true", "true_label", "ground_truth"}
"""Names that only a table of logged answers has."""
DECISION = {"decision", "decided", "approved", "accepted", "granted"}
GROUP = {
    "sex", "gender", "race", "ethnicity", "age_group", "nationality", "religion", "rac1p", "group", "cohort", "geschlecht",
    "nationalitat", "nationalitaet", "altersgruppe", "sexe", "ethnie", "nationalite", "sexo", "genero", "etnia",
    "nacionalidad",
}  # fmt: skip
TIME = {
    "date", "datetime", "timestamp", "ts", "time", "event_time", "event_date", "datum", "zeit", "zeitpunkt",
    "zeitstempel", "horodatage", "fecha", "fecha_hora",
}  # fmt: skip
YEAR = {"year", "yr", "jahr", "annee", "anio"}
ASIDE = {
    "split", "fold", "subset", "partition", "version", "weekday", "dow", "month", "hour", "quarter", "wochentag", "monat",
    "stunde", "jour", "mois", "semaine", "dia", "mes", "semana",
}  # fmt: skip
"""Last words of what is said about a row, never predicted: which part it went to, which model answered, when."""
FLAGS = {"is", "has", "had", "ist", "hat", "est"}
"""First words of a yes or no, which may be the target's or any other's."""

_PERSON = (
    "customer|client|user|patient|person|subject|account|machine|device|store|driver|entity|employee|applicant|member"
    "|borrower|household|vehicle"
    "|kunden?|nutzer|benutzer|patienten|versicherten?|konto|maschinen?|geraete?|gerate?|filialen?|fahrer|mitarbeiter"
    "|cliente|utilisateur|personne|compte|appareil|magasin|conducteur|salarie"
    "|usuario|paciente|persona|cuenta|maquina|dispositivo|tienda|empleado"
)
_NUMBER = "id|no|nr|nbr|nummer|num|numero|number|key|uuid|guid|kennung"
WHO = re.compile(rf"(?:(?:id|no|nr|num|numero)_)?(?:{_PERSON})(?:_?(?:{_NUMBER}))?")
"""Who or what a row is about: unique it is an id, repeated an entity."""
ID = re.compile(r"(.*_)?(id|uuid|guid)|id_.*")
ROW = re.compile(
    r"(.*_)?nr|nummer|(.*_)?kennung|laufende_nummer|identifiant|identificador|index|row|row_number|zeile|ligne|fila"
    r"|unnamed_\d+"
)
"""Each row's own, if unique; repeated it says nothing, as the number of a house."""
LATER = re.compile(
    r"known|label|outcome|result|resolved|settled|closed|arrived|delivered|ergebnis|geliefert|lieferung|abgeschlossen"
    r"|resultat|livraison|cloture|entrega|cierre"
)
OF_THE_PERSON = re.compile(
    r"birth|born|dob|expir|sign_?up|regist|joined|hire|death|gebur|geboren|ablauf|verfall|eintritt|anmeld|naiss"
    r"|embauche|peremption|inscription|nacim|caduc|vencim|alta(_|$)"
)
"""A date that belongs to the person or the thing, not to the row."""


def plain(name: str) -> str:
    """Return a column's name in small letters without accents, its words apart by `_`.

    Examples
    --------
    >>> plain("customerID"), plain(" Résilié (oui/non)"), plain("Unnamed: 0")
    ('customer_id', 'resilie_oui_non_', 'unnamed_0')
    """
    apart = re.sub(r"(?<=[a-zß-ÿ])(?=[A-ZÀ-Þ])", "_", name.strip())
    letters = (letter for letter in unicodedata.normalize("NFKD", apart) if not unicodedata.combining(letter))
    return re.sub(r"\W+", "_", "".join(letters).casefold())
