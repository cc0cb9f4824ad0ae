"""The native half: see the package."""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from datetime import datetime
from os import PathLike
from typing import Any, Literal, NoReturn, TypeVar, final, overload

from typing_extensions import Self, TypeAlias

__all__ = [
    "Attest",
    "Clock",
    "Key",
    "Name",
    "PcrSet",
    "Quote",
    "Report",
    "Reports",
    "Unavailable",
    "parse",
    "verify_attest",
    "verify_many",
    "verify_quote",
    "verify_response",
]

_Path: TypeAlias = PathLike[str] | PathLike[bytes]
_Binary: TypeAlias = bytes | bytearray | memoryview | _Path
_File: TypeAlias = str | _Binary
_Suffix: TypeAlias = Literal["os-separator", "exit-boot-services"]
_Profile: TypeAlias = Literal["tcg", "azure", "google", "dangerous-any-purpose"]
_Hex: TypeAlias = str | bytes | bytearray
_Response: TypeAlias = str | bytes | bytearray | memoryview | dict[str, Any] | _Path
_Values: TypeAlias = Mapping[str, Mapping[str, Any]] | Mapping[str, Mapping[int, Any]]
_Json: TypeAlias = _Values | str | bytes | bytearray | memoryview | _Path
_Item = TypeVar("_Item")
_Several: TypeAlias = Sequence[_Item] | Set[_Item]
_Policy: TypeAlias = dict[str, Any] | str | bytes | bytearray | memoryview | _Path
_Pcrs: TypeAlias = PcrSet | str | dict[str, list[int]]
_Names: TypeAlias = Name | _Hex | Iterable[Name | _Hex]
_Hierarchy: TypeAlias = Literal["owner", "endorsement", "platform", "null"]
_Since: TypeAlias = Quote | Attest | dict[str, Any]
_Kind: TypeAlias = Literal["certify", "creation", "nv", "time", "audit"]

@final
class Name:
    def __new__(cls, value: Name | _Hex, /) -> Self: ...
    @staticmethod
    def of_public(public: _Binary, /) -> Name: ...
    def __bytes__(self) -> bytes: ...
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class PcrSet:
    def __new__(cls, value: _Pcrs, /) -> Self: ...
    def __len__(self) -> int: ...
    def __contains__(self, key: tuple[str, int], /) -> bool: ...
    def __iter__(self) -> Iterator[tuple[str, int]]: ...
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class Key:
    @property
    def name(self) -> Name: ...
    @property
    def algorithm(self) -> str: ...
    @property
    def scheme(self) -> str: ...
    @property
    def trust(self) -> str: ...
    @property
    def is_anchored(self) -> bool: ...

@final
class Clock:
    @property
    def clock(self) -> int: ...
    @property
    def reset_count(self) -> int: ...
    @property
    def restart_count(self) -> int: ...
    @property
    def safe(self) -> bool: ...

@final
class Quote:
    @property
    def verdict(self) -> Literal["verified", "verified-self-asserted"]: ...
    @property
    def key(self) -> Key: ...
    @property
    def nonce(self) -> bytes: ...
    @property
    def selection(self) -> PcrSet: ...
    @property
    def pcrs(self) -> dict[str, dict[int, bytes]]: ...
    def pcr(self, /, bank: str, index: int) -> bytes | None: ...
    @property
    def pcr_digest(self) -> bytes: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def firmware_version(self) -> int: ...
    @property
    def baseline_matched(self) -> int: ...
    @property
    def boot(self) -> dict[str, Any] | None: ...
    @property
    def ima(self) -> dict[str, Any] | None: ...
    @property
    def warnings(self) -> tuple[str, ...]: ...
    def report(self, /) -> dict[str, Any]: ...
    def __bool__(self) -> NoReturn: ...

@final
class Attest:
    @property
    def verdict(self) -> Literal["verified", "verified-self-asserted"]: ...
    @property
    def type(self) -> str: ...
    @property
    def key(self) -> Key: ...
    @property
    def nonce(self) -> bytes: ...
    @property
    def qualified_signer(self) -> bytes: ...
    @property
    def hierarchy(self) -> str | None: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def firmware_version(self) -> int: ...
    @property
    def attested(self) -> dict[str, Any]: ...
    @property
    def warnings(self) -> tuple[str, ...]: ...
    def report(self, /) -> dict[str, Any]: ...
    def __bool__(self) -> NoReturn: ...

@final
class Unavailable:
    @property
    def verdict(self) -> Literal["unavailable"]: ...
    def report(self, /) -> dict[str, Any]: ...
    def __bool__(self) -> NoReturn: ...

@final
class Report:
    @property
    def payload_id(self) -> str: ...
    @property
    def verdict(self) -> str: ...
    @property
    def check(self) -> str | None: ...
    @property
    def problem(self) -> str | None: ...
    def verified(self, /) -> Quote: ...
    def report(self, /) -> dict[str, Any]: ...
    def __bool__(self) -> NoReturn: ...

@final
class Reports:
    def __iter__(self) -> Self: ...
    def __next__(self) -> Report: ...

@overload
def verify_response(
    response: _Response,
    *,
    payload_id: str | None = None,
    nonce: _Hex | None = None,
    tier: Literal["maximum"] = "maximum",
    require_pcrs: _Pcrs | None = None,
    baseline: _Json | None = None,
    ak_names: _Names | None = None,
    certified_by: _Binary | None = None,
    certify_attest: _Binary | None = None,
    certify_signature: _Binary | None = None,
    certify_creation: _Binary | None = None,
    certify_nonce: _Hex | None = None,
    ak_cert: _File | None = None,
    ca: _File | _Several[_File] | None = None,
    at: datetime | float | None = None,
    profile: _Profile | None = None,
    google_project: str | None = None,
    google_instance: int | None = None,
    azure_vm: str | None = None,
    require_anchor: bool = False,
    boot_log: _Binary | Literal["response"] | None = None,
    userspace_log: _File | None = None,
    allow_suffix: _Suffix | Sequence[_Suffix] | None = None,
    allow_padding: bool = False,
    ima_list: _File | None = None,
    ima_allow: _File | _Several[_File] | None = None,
    ima_require: str | _Several[str] | None = None,
    dangerous_ima_violations: bool = False,
    hierarchy: _Hierarchy | None = None,
    parents: Iterable[_Binary] | None = None,
    require_safe_clock: bool = False,
    since: _Since | None = None,
    allow_reboots: bool = False,
    minimum_firmware: int | str | None = None,
    dangerous_allow_sha1_signatures: bool = False,
    dangerous_allow_sha1_names: bool = False,
    policy: None = None,
) -> Quote: ...
@overload
def verify_response(
    response: _Response,
    *,
    payload_id: str | None = None,
    nonce: _Hex | None = None,
    tier: Literal["standard", "high", "maximum"] = "maximum",
    require_pcrs: _Pcrs | None = None,
    baseline: _Json | None = None,
    ak_names: _Names | None = None,
    certified_by: _Binary | None = None,
    certify_attest: _Binary | None = None,
    certify_signature: _Binary | None = None,
    certify_creation: _Binary | None = None,
    certify_nonce: _Hex | None = None,
    ak_cert: _File | None = None,
    ca: _File | _Several[_File] | None = None,
    at: datetime | float | None = None,
    profile: _Profile | None = None,
    google_project: str | None = None,
    google_instance: int | None = None,
    azure_vm: str | None = None,
    require_anchor: bool = False,
    boot_log: _Binary | Literal["response"] | None = None,
    userspace_log: _File | None = None,
    allow_suffix: _Suffix | Sequence[_Suffix] | None = None,
    allow_padding: bool = False,
    ima_list: _File | None = None,
    ima_allow: _File | _Several[_File] | None = None,
    ima_require: str | _Several[str] | None = None,
    dangerous_ima_violations: bool = False,
    hierarchy: _Hierarchy | None = None,
    parents: Iterable[_Binary] | None = None,
    require_safe_clock: bool = False,
    since: _Since | None = None,
    allow_reboots: bool = False,
    minimum_firmware: int | str | None = None,
    dangerous_allow_sha1_signatures: bool = False,
    dangerous_allow_sha1_names: bool = False,
    policy: _Policy | None = None,
) -> Quote | Unavailable: ...
@overload
def verify_quote(
    *,
    key: _File,
    attest: _Binary,
    signature: _Binary,
    pcrs: _Json,
    evidence: None = None,
    payload_id: str | None = None,
    nonce: _Hex | None = None,
    require_pcrs: _Pcrs | None = None,
    baseline: _Json | None = None,
    ak_names: _Names | None = None,
    certified_by: _Binary | None = None,
    certify_attest: _Binary | None = None,
    certify_signature: _Binary | None = None,
    certify_creation: _Binary | None = None,
    certify_nonce: _Hex | None = None,
    ak_cert: _File | None = None,
    ca: _File | _Several[_File] | None = None,
    at: datetime | float | None = None,
    profile: _Profile | None = None,
    google_project: str | None = None,
    google_instance: int | None = None,
    azure_vm: str | None = None,
    require_anchor: bool = False,
    boot_log: _Binary | None = None,
    userspace_log: _File | None = None,
    allow_suffix: _Suffix | Sequence[_Suffix] | None = None,
    allow_padding: bool = False,
    ima_list: _File | None = None,
    ima_allow: _File | _Several[_File] | None = None,
    ima_require: str | _Several[str] | None = None,
    dangerous_ima_violations: bool = False,
    hierarchy: _Hierarchy | None = None,
    parents: Iterable[_Binary] | None = None,
    require_safe_clock: bool = False,
    since: _Since | None = None,
    allow_reboots: bool = False,
    minimum_firmware: int | str | None = None,
    dangerous_allow_sha1_signatures: bool = False,
    dangerous_allow_sha1_names: bool = False,
    policy: _Policy | None = None,
    hardware_root: None = None,
    hardware_measurement: None = None,
    hardware_id_key: None = None,
    hardware_tcb: None = None,
) -> Quote: ...
@overload
def verify_quote(
    *,
    key: _File | None = None,
    attest: None = None,
    signature: None = None,
    pcrs: None = None,
    evidence: _Response,
    payload_id: str | None = None,
    nonce: _Hex | None = None,
    require_pcrs: _Pcrs | None = None,
    baseline: _Json | None = None,
    ak_names: _Names | None = None,
    certified_by: _Binary | None = None,
    certify_attest: _Binary | None = None,
    certify_signature: _Binary | None = None,
    certify_creation: _Binary | None = None,
    certify_nonce: _Hex | None = None,
    ak_cert: _File | None = None,
    ca: _File | _Several[_File] | None = None,
    at: datetime | float | None = None,
    profile: _Profile | None = None,
    google_project: str | None = None,
    google_instance: int | None = None,
    azure_vm: str | None = None,
    require_anchor: bool = False,
    boot_log: _Binary | None = None,
    userspace_log: _File | None = None,
    allow_suffix: _Suffix | Sequence[_Suffix] | None = None,
    allow_padding: bool = False,
    ima_list: _File | None = None,
    ima_allow: _File | _Several[_File] | None = None,
    ima_require: str | _Several[str] | None = None,
    dangerous_ima_violations: bool = False,
    hierarchy: _Hierarchy | None = None,
    parents: Iterable[_Binary] | None = None,
    require_safe_clock: bool = False,
    since: _Since | None = None,
    allow_reboots: bool = False,
    minimum_firmware: int | str | None = None,
    dangerous_allow_sha1_signatures: bool = False,
    dangerous_allow_sha1_names: bool = False,
    policy: _Policy | None = None,
    hardware_root: _File | None = None,
    hardware_measurement: _Hex | _Several[_Hex] | None = None,
    hardware_id_key: _Hex | _Several[_Hex] | None = None,
    hardware_tcb: str | None = None,
) -> Quote: ...
def verify_attest(
    kind: _Kind,
    *,
    key: _File,
    attest: _Binary,
    signature: _Binary,
    payload_id: str | None = None,
    nonce: _Hex | None = None,
    object: _Binary | None = None,
    object_hierarchy: _Hierarchy | None = None,
    object_parents: Iterable[_Binary] | None = None,
    creation_data: _Binary | None = None,
    outside_info: _Hex | None = None,
    nv_public: _Binary | None = None,
    contents: _Binary | None = None,
    offset: int | None = None,
    audit_digest: _Hex | None = None,
    audit_commands: Sequence[int] | None = None,
    exclusive: bool = False,
    ak_names: _Names | None = None,
    certified_by: _Binary | None = None,
    certify_attest: _Binary | None = None,
    certify_signature: _Binary | None = None,
    certify_creation: _Binary | None = None,
    certify_nonce: _Hex | None = None,
    ak_cert: _File | None = None,
    ca: _File | _Several[_File] | None = None,
    at: datetime | float | None = None,
    profile: _Profile | None = None,
    google_project: str | None = None,
    google_instance: int | None = None,
    azure_vm: str | None = None,
    require_anchor: bool = False,
    hierarchy: _Hierarchy | None = None,
    parents: Iterable[_Binary] | None = None,
    require_safe_clock: bool = False,
    since: _Since | None = None,
    allow_reboots: bool = False,
    minimum_firmware: int | str | None = None,
    dangerous_allow_sha1_signatures: bool = False,
    dangerous_allow_sha1_names: bool = False,
    policy: _Policy | None = None,
) -> Attest: ...
def verify_many(
    responses: Iterable[tuple[str, _Response]],
    *,
    threads: int | None = None,
    tier: Literal["standard", "high", "maximum"] = "maximum",
    require_pcrs: _Pcrs | None = None,
    baseline: _Json | None = None,
    ak_names: _Names | None = None,
    certified_by: _Binary | None = None,
    certify_attest: _Binary | None = None,
    certify_signature: _Binary | None = None,
    certify_creation: _Binary | None = None,
    certify_nonce: _Hex | None = None,
    ak_cert: _File | None = None,
    ca: _File | _Several[_File] | None = None,
    at: datetime | float | None = None,
    profile: _Profile | None = None,
    google_project: str | None = None,
    google_instance: int | None = None,
    azure_vm: str | None = None,
    require_anchor: bool = False,
    boot_log: Literal["response"] | None = None,
    allow_suffix: _Suffix | Sequence[_Suffix] | None = None,
    allow_padding: bool = False,
    ima_list: Literal["response"] | None = None,
    ima_allow: _File | _Several[_File] | None = None,
    ima_require: str | _Several[str] | None = None,
    dangerous_ima_violations: bool = False,
    hierarchy: _Hierarchy | None = None,
    parents: Iterable[_Binary] | None = None,
    require_safe_clock: bool = False,
    since: _Since | None = None,
    allow_reboots: bool = False,
    minimum_firmware: int | str | None = None,
    dangerous_allow_sha1_signatures: bool = False,
    dangerous_allow_sha1_names: bool = False,
    policy: _Policy | None = None,
) -> Reports: ...
def parse(data: _Response, *, type: str | None = None) -> dict[str, Any]: ...
