"""The station's reading of codes: frames in, texts and hints out. Verifies nothing, logs no text."""

from checkpoint_agent.decoding.codes import (
    Decoded,
    DecodedCode,
    Failure,
    Hint,
    HintReason,
    Step,
    StepReading,
    Symbology,
)
from checkpoint_agent.decoding.decoder import Decoder, DecoderState
from checkpoint_agent.decoding.in_view import CodesInView
from checkpoint_agent.decoding.steps import FURTHER_STEPS, decode_once

__all__ = [
    "FURTHER_STEPS",
    "CodesInView",
    "Decoded",
    "DecodedCode",
    "Decoder",
    "DecoderState",
    "Failure",
    "Hint",
    "HintReason",
    "Step",
    "StepReading",
    "Symbology",
    "decode_once",
]
