"""Words that strangers' files use: for a missing value, and for the parts that columns have.

Names are compared without case, blanks and signs.
"""

import re

MISSING_WORDS = frozenset({"", "NA", "N/A", "nan", "NaN", "NAN", "<NA>"})
"""What spreadsheets, pandas and R write where there is no value."""
NO_NUMBER = MISSING_WORDS | {"null", "NULL", "None", "none", "NONE", "-"}
"""Words that also stand for a missing number, though a class may be called so."""
UNSURE_WORDS = frozenset(
    {"?", "*", "--", "---", ".", "x", "n.a.", "n/a", "na", "Na", "missing", "MISSING", "#N/A"}
    | {"#NV", "#VALUE!", "#DIV/0!", "#REF!", "nil", "NIL", "void", "undefined", "invalid", "bad"}
    | {"error", "ERROR", "---.-", "-.-", "k.A.", "NoData", "no data", "Bad", "OFF", "欠測"}
)
"""Words in a column of numbers that are asked about."""
NULL_CLASSES = frozenset(
    {"null", "none", "transient", "undefined", "unlabeled", "unlabelled", "unknown", "void", "?"}
    | {"nolabel", "notlabeled", "invalid", "other", "na", "idle/null"}
)
"""Labels that often mean that there is none."""

_WORDS = {
    "recording": """recording rec session trial series sequence seq file record run bout episode
        visit take clip segmentid experiment exp sitzung aufnahme messung versuch datei lauf
        enregistrement essai sesion ensayo prova sessao gravacao opname sessie
        セッション 試行 記録 录音 会话 试验 세션 시행 запись сессия""",
    "group": """group subject subj sub user participant person patient machine device unit engine
        pid uid sid individual volunteer animal mouse rat dog cow bearing motor pump turbine asset
        equipment vehicle car truck plant station site household house home building
        gerät geraet proband patientin maschine nutzer teilnehmer person anlage
        sujet utilisateur appareil machine sujeto usuario maquina dispositivo participante
        soggetto utente macchina sujeito proefpersoon gebruiker
        被験者 参加者 患者 機械 装置 ユーザー 受试者 用户 设备 机器 患者编号 피험자 사용자 장치
        субъект пациент пользователь устройство osoba uzytkownik pacjent id""",
    "time": """time timestamp timestamps datetime date t ts times seconds sec secs elapsed
        secondselapsed elapsedtime unixtime unix utc localtime clock tstamp stamp msec millis
        milliseconds microseconds nanoseconds ms us ns timems timeus timens timesec timeseconds
        zeit datum uhrzeit zeitstempel zeitpunkt sekunden temps horodatage date heure
        tiempo fecha hora marcatiempo tempo data ora tijd datum tijdstempel czas
        時刻 時間 日時 タイムスタンプ 日付 时间 时间戳 日期 시간 타임스탬프 время дата""",
    "label": """label labels class classname classlabel activity state target category annotation
        gesture gt groundtruth truth stage sleepstage rhythm condition fault faulttype status
        hypnogram anomaly mode phase behavior behaviour posture action task emotion stress
        diagnosis outcome marker event y ytrue tag auxnote stim label1
        klasse aktivität aktivitaet zustand kategorie fehler etikett bezeichnung
        etiquette étiquette classe activité etat état etiqueta clase actividad estado
        etichetta attività stato rotulo atividade activiteit klasa etykieta aktywność
        ラベル クラス 行動 状態 活動 正解 标签 类别 活动 状态 라벨 클래스 활동 상태
        метка класс активность состояние""",
}
SYNONYMS: dict[str, tuple[str, ...]] = {part: tuple(text.split()) for part, text in _WORDS.items()}
"""Names that a column of each part may have, in order of preference."""
_COUNTERS = (
    "index idx row rowid rownumber rownum no nr number num counter count sample sampleindex "
    "samples sampleno samplenumber frame frameno framenumber cycle epoch step timestep tick packet "
    "packetcounter seqno unnamed0 obs observation nummer zeile lfdnr zyklus 番号 行 序号 번호 номер"
)
COUNTERS = frozenset(_COUNTERS.split())
"""Names of columns that count rows."""
_INTERVALS = {
    "onset": "onset start begin from starttime begintime onsets onsetseconds beginn 開始",
    "end": "end stop to offset endtime stoptime ende 終了",
    "duration": "duration dur length durationseconds dauer 長さ",
}
INTERVAL_WORDS = {role: tuple(text.split()) for role, text in _INTERVALS.items()}
"""Names of the columns of a file of intervals."""
UNNAMED = re.compile(r"(unnamed:? ?\d*|__index_level_\d+__|\(column \d+\))", re.IGNORECASE)

_NUMBER_WORDS = ("id", "nr", "no", "number", "num", "name", "code", "key", "index")
_NOUN_PARTS = {
    "subj": "subject",
    "user": "subject",
    "participant": "subject",
    "person": "subject",
    "volunteer": "subject",
    "proband": "subject",
    "被験者": "subject",
    "patient": "patient",
    "患者": "patient",
    "machine": "machine",
    "device": "machine",
    "unit": "machine",
    "engine": "machine",
    "gerät": "machine",
    "maschine": "machine",
}
"""Part of a group column's name -> what a group is."""


def plain(name: str) -> str:
    """Return a name without case, blanks and signs."""
    return re.sub(r"[\W_]+", "", name.casefold())


def tokens(name: str) -> tuple[str, ...]:
    """Return the words of a name: 'accX_ms' -> ('acc', 'x', 'ms')."""
    parts = re.sub(r"([a-z\d])([A-Z])", r"\1 \2", name)
    return tuple(re.findall(r"[^\W\d_]+|\d+", parts.casefold()))


def fit(part: str, name: str) -> int | None:
    """Return how well a name fits a part, 0 best; None where it does not."""
    whole = plain(name)
    synonyms = SYNONYMS[part]
    if whole == part:
        return 0
    for place, synonym in enumerate(synonyms):
        if whole == synonym or (
            whole.startswith(synonym) and whole[len(synonym) :] in _NUMBER_WORDS
        ):
            return place + 1
    words = tokens(name)
    for place, synonym in enumerate(synonyms):
        if len(synonym) > 1 and synonym in words[:3]:
            return len(synonyms) + place + 1
    return None


def noun_of(name: str | None) -> str:
    """Return what a group is, by the name of its column; see `emargin_core.text.units`."""
    if name is None:
        return "recording"
    found = name.casefold()
    return next((noun for part, noun in _NOUN_PARTS.items() if part in found), "group")
