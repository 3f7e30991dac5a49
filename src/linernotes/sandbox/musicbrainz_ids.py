"""Identifiers that MusicBrainz itself has for types, attributes, formats and places."""

# Name of a relation: its type-id on a recording and on a release.
TYPES = {
    "producer": (
        "5c0ceac3-feb4-41f0-868d-dc06f6e27fc0",
        "8bf377ba-8d71-4ecc-97f2-7bb2d8a2a75f",
    ),
    "engineer": (
        "5dcc52af-7064-4051-8d62-7d80f4c3c907",
        "87e922ba-872e-418a-9f41-0a63aa3c30cc",
    ),
    "mix": (
        "3e3102e1-1896-4f50-b5b2-dd9824e46efe",
        "6cc958c0-533b-4540-a281-058fbb941890",
    ),
    "remixer": (
        "7950be4d-13a3-48e7-906b-5af562e39544",
        "ac6a86db-f757-4815-a07e-744428d2382b",
    ),
    "programming": (
        "36c50022-44e0-488d-994b-33f11d20301e",
        "617063ad-dbb5-4877-9ba0-ba2b9198d5a7",
    ),
    "arranger": (
        "22661fb8-cdb7-4f67-8385-b2a8be6c9f0d",
        "34d5334e-a4c8-4b65-a5f8-bbcc9c81d13d",
    ),
    "misc": (
        "68330a36-44cf-4fa2-84e8-533c6fe3fc23",
        "0b63af5e-85b2-4891-8234-bddab251399d",
    ),
    # There is no such type yet: the sandbox's own, so that something unknown can be met.
    "storyteller": (
        "5a4db0c5-000a-4000-8000-000000000001",
        "5a4db0c5-000a-4000-8000-000000000002",
    ),
}
WRITER = "a255bca1-b157-4518-9108-7b147dc3fc68"
PERFORMANCE = "a3005666-a872-32c3-ad06-98af558e99b0"
MEMBER_OF_BAND = "5be4c609-9afa-4ea0-910b-12ffb71e3821"
ATTRIBUTES = {
    "additional": "0a5341f8-3b1d-4f99-a0c6-26b7f4e42c7f",
    "assistant": "8c4196b1-7053-4b16-921a-f22b2898ed44",
    "associate": "8d23d2dd-13df-43ea-85a0-d7eb38dc32ec",
    "co": "ac6f6b4c-a4ec-4483-a04e-9f425a914573",
    "executive": "e0039285-6667-4f94-80d6-aa6520c6d359",
    "task": "39867b3b-0f1e-40d5-b602-4f3936b7f486",
}
# Name of a relation to an address: its type-id by the kind of entity it belongs to.
URL_TYPES = {
    "free streaming": {
        "artist": "769085a1-c2f7-4c24-a532-2375a77693bd",
        "release": "08445ccf-7b99-4438-9f9a-fb9ac18099ee",
        "recording": "7e41ef12-a124-4324-afdb-fdbae687a89c",
    },
    "social network": {"artist": "99429741-f3f6-484b-84f8-23af51991770"},
    "youtube": {"artist": "6a540e5b-58c6-4192-b6ba-dbc71ec8fcf0"},
    "soundcloud": {"artist": "89e4a949-0976-440d-bda1-5f772c1e5710"},
    "bandcamp": {"artist": "c550166e-0548-4a18-b1d4-e2ae423a3e88"},
    "official homepage": {"artist": "fe33d22f-c3b0-4d68-bd53-a856badf2b15"},
    "fanpage": {"artist": "f484f897-81cc-406e-96f9-cd799a04ee24"},
    "wikidata": {"artist": "689870a4-a1e4-4912-b17f-7b2664215698"},
    "discogs": {"artist": "04a5b104-a4c2-4bac-99a1-7b837c37d9e4"},
    "last.fm": {"artist": "08db8098-c0df-4b78-82c3-c8697b4bba7f"},
}
KIND_IDS = {
    "Person": "b6e035f4-3ce9-331c-97df-83397230b0df",
    "Group": "e431f5f6-b5d2-343d-8b36-72607fffb74b",
}
ALIAS_TYPES = {
    "Artist name": "894afba6-2816-3c24-8072-eadb66bd04bc",
    "Legal name": "d4dcd0c0-b341-3612-a332-c0ce797b25cf",
    "Search hint": "1937e404-b981-3cb7-8151-4c86ebfc8d8e",
}
OFFICIAL = "4e304316-386d-3409-af2e-78857eec5cfe"
DIGITAL_MEDIA = "907a28d9-b3b2-3ef6-89a8-7b18d91d4794"
PRIMARY_TYPES = {
    "Album": "f529b476-6e62-324f-b0aa-1f3e33d313fc",
    "Single": "d6038452-8ee0-3f68-affc-2de9a1ede0b9",
    "EP": "6d0c5bf6-7a33-3420-a519-44fc63eedebf",
}
COMPILATION = "dd2a21e1-0c00-3729-a7a0-de60b84eb5d1"
WORLDWIDE = {
    "disambiguation": "",
    "id": "525d4e18-3d00-31b9-a58b-a146a916de8f",
    "iso-3166-1-codes": ["XW"],
    "name": "[Worldwide]",
    "sort-name": "[Worldwide]",
    "type": None,
    "type-id": None,
}
