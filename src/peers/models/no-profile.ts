/** Why a kind that is made of a profile can't be had without one. */
export const NO_PROFILE = {
  reason: 'it is made of a measured profile, and none is given',
  remedy: 'name one in the scenario (profile: FILE); halfopen calibrate writes it',
} as const
