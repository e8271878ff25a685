"""The sensors' doubts in words: every flag of a trial belongs to one of a few things a nurse can act on."""

from collections.abc import Iterable

_GROUPS: dict[str, str] = {
    "no_cue": "no_cue",
    "cue_by_mark": "cue_by_mark",
    "no_trunk_imu no_data silent": "no_sensor",
    "no_gates no_sync": "no_gates",
    "gate_missing": "gate_missing",
    "no_begin no_operator_key": "no_key",
    "hold_disagreement sensors_saw_step step_felt_later": "hold_disagreement",
    "hold_confirmed": "hold_confirmed",
    "by_operator_key": "by_operator_key",
    "step_elsewhere step_unseen": "step_unseen",
    "sway_not_measured gap_in_hold unquiet_start": "sway",
    "turn_outside_gates laps_unclear no_laps_by_impulses": "laps",
    "recording_damaged": "damaged",
    "trial_not_ended recording_ends_early": "not_ended",
    "implausible_manual_time": "manual_implausible",
    "few_steps": "few_steps",
    "no_walk bouts_only starts_in_walk ends_in_walk one_foot by_feet foot_unusable feet_disagree landings_unseen "
    "foot_off_from_foot no_onset no_walk_between_crossings gap_in_walk": "steps",
    "no_rise": "no_rise",
    "count_unsure gap_in_rise start_inferred": "rises",
    "no_turns no_transfers phases_unclear wrist_has_no_phases gap_in_turn levels_disagree": "phases",
    "moved_before_cue movement_before_cue begins_in_movement starts_in_motion in_beam_at_start": "moved_early",
    "link_lost lost_samples queue_dropped doubtful_blocks non_finite long_gap gap_inside device_reset "
    "sequence_gap overrun counted_clock": "lost",
    "saturated clipped stuck_axis no_scale scale_unchecked no_gyr no_gyroscope": "sensor_range",
    "sync_old sync_bound clock_jump": "clock",
    "follower": "follower",
    "blocked_at_arm out_of_order reverse_order no_trunk_length longer_than_trunk occlusion_over_5_s "
    "candidates_too_close early_break split_ratio edges_contradict single_impulse turned_inside impossible_beams "
    "aid_with_low_beams": "beam",
}
MEANING = {flag: meaning for flags, meaning in _GROUPS.items() for flag in flags.split()}
"""Flag to the last part of its message id, `report.flag.*`."""


def meanings(quality: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Message id and flag of each doubt, every meaning once; one that is not known is `report.flag.other`.

    A flag may carry its device or gate in front (`waist:lost_samples`) and, for the signal, a sentence behind
    (`signal: ...`).
    """
    found: dict[tuple[str, str], str] = {}
    for flag in quality:
        meaning = "signal" if flag.startswith("signal:") else MEANING.get(flag.rpartition(":")[2], "other")
        found.setdefault((meaning, flag if meaning == "other" else ""), flag)
    return tuple((f"report.flag.{meaning}", flag) for (meaning, _), flag in found.items())
