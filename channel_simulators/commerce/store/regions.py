"""The United States' regions with the ids a fresh shop gives them, in order from 1 (`directory/countries/US`)."""

from dataclasses import dataclass

_LIST = (
    "AL Alabama;AK Alaska;AS American Samoa;AZ Arizona;AR Arkansas;AF Armed Forces Africa;AA Armed Forces Americas;"
    "AC Armed Forces Canada;AE Armed Forces Europe;AM Armed Forces Middle East;AP Armed Forces Pacific;CA California;"
    "CO Colorado;CT Connecticut;DE Delaware;DC District of Columbia;FM Federated States Of Micronesia;FL Florida;"
    "GA Georgia;GU Guam;HI Hawaii;ID Idaho;IL Illinois;IN Indiana;IA Iowa;KS Kansas;KY Kentucky;LA Louisiana;ME Maine;"
    "MH Marshall Islands;MD Maryland;MA Massachusetts;MI Michigan;MN Minnesota;MS Mississippi;MO Missouri;MT Montana;"
    "NE Nebraska;NV Nevada;NH New Hampshire;NJ New Jersey;NM New Mexico;NY New York;NC North Carolina;ND North Dakota;"
    "MP Northern Mariana Islands;OH Ohio;OK Oklahoma;OR Oregon;PW Palau;PA Pennsylvania;PR Puerto Rico;RI Rhode Island;"
    "SC South Carolina;SD South Dakota;TN Tennessee;TX Texas;UT Utah;VT Vermont;VI Virgin Islands;VA Virginia;"
    "WA Washington;WV West Virginia;WI Wisconsin;WY Wyoming"
)


@dataclass(frozen=True)
class Region:
    id: int
    code: str
    name: str


REGIONS = tuple(Region(n, *entry.split(" ", 1)) for n, entry in enumerate(_LIST.split(";"), 1))


def find(*, region_id: int | None = None, code: str | None = None, name: str | None = None) -> Region | None:
    """By id, else by code, else by name."""
    for region in REGIONS:
        if region_id:
            if region.id == region_id:
                return region
        elif code:
            if region.code == code.upper():
                return region
        elif name and region.name.casefold() == name.casefold():
            return region
    return None
