"""What a user may say about where to train; apart from `device`, because torch takes seconds to load."""

from typing import Literal, get_args

DeviceChoice = Literal["auto", "cpu", "cuda"]
DEVICES: tuple[DeviceChoice, ...] = get_args(DeviceChoice)
