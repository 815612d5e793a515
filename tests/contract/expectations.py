"""The recorded expectations, one file for each pair of a consumer and a provider."""

import json
import pathlib
from dataclasses import dataclass

FOLDER = pathlib.Path(__file__).parent / "expectations"


@dataclass(frozen=True)
class Contract:
    consumer: str
    provider: str
    interactions: dict[str, dict]

    def __str__(self) -> str:
        return f"{self.consumer}-{self.provider}"


def load(consumer: str, provider: str) -> Contract:
    content = json.loads((FOLDER / f"{consumer}-{provider}.json").read_text(encoding="utf-8"))
    return Contract(content["consumer"], content["provider"],
                    {each["name"]: each for each in content["interactions"]})


def all_contracts() -> list[Contract]:
    return [load(*file.stem.split("-", 1)) for file in sorted(FOLDER.glob("*.json"))]
