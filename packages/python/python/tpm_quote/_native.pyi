"""The native half: see the package."""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from datetime import datetime
from os import PathLike
from typing import Any, Literal, NoReturn, TypedDict, TypeVar, final, overload

from typing_extensions import NotRequired, Required, Self, TypeAlias, Unpack

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
    def name(self) -> Name | None: ...
    @property
    def algorithm(self) -> str: ...
    @property
    def scheme(self) -> str: ...
    @property
    def trust(self) -> str: ...
    @property
    def is_anchored(self) -> bool: ...
    @property
    def vouched_by(self) -> dict[str, Any] | None: ...

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

_Side: TypeAlias = Literal["before-separator", "after-separator"]

class _Pcr(TypedDict):
    bank: str
    index: int

class _Image(TypedDict):
    digest: str
    algorithm: str
    side: _Side

class _CommandLine(TypedDict):
    text: str | None
    proven_by: Literal["grub", "systemd-boot", "uki", "efi-stub"]

class _Authority(TypedDict):
    name: str
    guid: str
    certificate_sha256: str | None
    sbat: str | None
    side: _Side

class _Event(TypedDict):
    pcr: int
    event: int

class _UnknownFact(TypedDict):
    fact: str
    reason: str
    message: str

class _SuffixOf(TypedDict):
    name: str
    pcrs: list[_Pcr]

class _Boot(TypedDict):
    secure_boot: Literal["on", "off", "never-set"] | None
    mok_validation: Literal["disabled", "not-disabled"] | None
    images: list[_Image] | None
    command_lines: list[_CommandLine] | None
    authorities: list[_Authority] | None
    unexplained_pcrs: list[_Pcr]
    unexplained_events: list[_Event]
    unknown: list[_UnknownFact]
    explained_pcrs: list[_Pcr]
    never_extended_pcrs: list[_Pcr]
    suffixes: list[_SuffixOf]
    startup_locality: int | None
    tail_bytes: int

class _Signer(TypedDict):
    fingerprint: str
    entries: int

class _UnknownEntry(TypedDict):
    entry: int
    name: str
    digest: str | None
    signature: NotRequired[
        Literal["none", "invalid", "unknown-key", "other-digest", "not-judged"]
    ]

class _Ima(TypedDict):
    entries: int
    proven: int
    tail_entries: int
    violations: int
    unknown: int | None
    signed: NotRequired[int]
    signers: NotRequired[list[_Signer]]
    signatures_not_judged: NotRequired[int]
    unprotected: int
    strength: dict[str, Literal["own", "padded-sha1"]]
    boot_aggregate: Literal["ok", "differs", "not-quoted"]
    first_unknown: list[_UnknownEntry]

class _ImaEntry(TypedDict):
    entry: int
    pcr: int
    template: str | None
    digest: str | None
    name: str | None
    verdict: str | None

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
    def boot(self) -> _Boot | None: ...
    @property
    def ima(self) -> _Ima | None: ...
    @property
    def ima_entries(self) -> list[_ImaEntry] | None: ...
    @property
    def ima_state(self) -> bytes | None: ...
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
    def payload_id(self) -> str | None: ...
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

class _OfAny(TypedDict, total=False):
    payload_id: str | None
    nonce: _Hex | None

class _Signed(TypedDict, total=False):
    signature_form: Literal["tpmt", "plain"] | None
    scheme: Literal["rsassa", "rsapss"] | None
    hash_algorithm: str | None

class _Anchor(TypedDict, total=False):
    ak_names: _Names | None
    certified_by: _Binary | None
    certify_attest: _Binary | None
    certify_signature: _Binary | None
    certify_creation: _Binary | None
    certify_nonce: _Hex | None
    ak_cert: _File | None
    ca: _File | _Several[_File] | None
    at: datetime | float | None
    profile: _Profile | None
    google_project: str | None
    google_instance: int | None
    azure_vm: str | None
    trust: _File | None
    trust_files: Mapping[str, _File] | None
    machine: str | None
    require_anchor: bool
    hierarchy: _Hierarchy | None
    parents: Iterable[_Binary] | None
    require_safe_clock: bool
    since: _Since | None
    allow_reboots: bool
    minimum_firmware: int | str | None
    dangerous_allow_sha1_signatures: bool
    dangerous_allow_sha1_names: bool
    dangerous_allow_sha1_certificates: bool

class _Quoted(_Anchor, total=False):
    require_pcrs: _Pcrs | None
    baseline: _Json | None
    allow_suffix: _Suffix | Sequence[_Suffix] | None
    allow_padding: bool
    ima_allow: _File | _Several[_File] | None
    ima_key: _File | _Several[_File] | None
    ima_require: str | _Several[str] | None
    ima_require_policy: str | _Several[str] | None
    dangerous_ima_violations: bool
    ima_entries: bool

class _Logged(_OfAny, _Quoted, total=False):
    userspace_log: _File | None
    ima_list: _File | None
    ima_state: _Binary | None
    ima_keep_state: bool

class _Responded(_Logged, total=False):
    boot_log: _Binary | Literal["response"] | None

class _Maximum(_Responded, total=False):
    tier: Literal["maximum"]
    policy: None

class _AnyTier(_Responded, total=False):
    tier: Literal["standard", "high", "maximum"]
    policy: _Policy | None

class _Many(_Quoted, total=False):
    threads: int | None
    tier: Literal["standard", "high", "maximum"]
    boot_log: Literal["response"] | None
    ima_list: Literal["response"] | None
    policy: _Policy | None

class _InParts(_Logged, _Signed, total=False):
    key: _File | None
    attest: Required[_Binary]
    signature: Required[_Binary]
    pcrs: Required[_Json]
    evidence: None
    boot_log: _Binary | None
    policy: _Policy | None

class _OfProject(_Logged, total=False):
    evidence: Required[_Response]
    key: _File | None
    attest: None
    signature: None
    pcrs: None
    boot_log: _Binary | None
    policy: _Policy | None
    hardware_root: _File | None
    hardware_measurement: _Hex | _Several[_Hex] | None
    hardware_id_key: _Hex | _Several[_Hex] | None
    hardware_tcb: str | None

class _Attested(_OfAny, _Signed, _Anchor, total=False):
    key: _File | None
    attest: Required[_Binary]
    signature: Required[_Binary]
    object: _Binary | None
    object_hierarchy: _Hierarchy | None
    object_parents: Iterable[_Binary] | None
    object_has: str | _Several[str] | None
    object_lacks: str | _Several[str] | None
    object_strong_key: bool
    allow_empty_signer: bool
    dangerous_no_nonce: bool
    creation_data: _Binary | None
    outside_info: _Hex | None
    nv_public: _Binary | None
    nv_name: Name | _Hex | None
    contents: _Binary | None
    offset: int | None
    audit_digest: _Hex | None
    audit_commands: Sequence[int] | None
    exclusive: bool
    policy: _Policy | None

@overload
def verify_response(response: _Response, **options: Unpack[_Maximum]) -> Quote: ...
@overload
def verify_response(response: _Response, **options: Unpack[_AnyTier]) -> Quote | Unavailable: ...
@overload
def verify_quote(**options: Unpack[_InParts]) -> Quote: ...
@overload
def verify_quote(**options: Unpack[_OfProject]) -> Quote: ...
def verify_attest(kind: _Kind, **options: Unpack[_Attested]) -> Attest: ...
def verify_many(
    responses: Iterable[tuple[str | bytes, _Response]], **options: Unpack[_Many]
) -> Reports: ...
def parse(data: _Response, *, type: str | None = None) -> dict[str, Any]: ...
