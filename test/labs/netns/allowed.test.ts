import { expect, it } from 'vitest'
import { cureFor } from '../../../src/labs/netns/allowed.ts'

it.each([
  [{ usernsClone: '0' }, /kernel\.unprivileged_userns_clone=1/],
  [{ apparmorRestricts: '1' }, /kernel\.apparmor_restrict_unprivileged_userns=0/],
  [{ mostUserNamespaces: '0' }, /user\.max_user_namespaces/],
  [{ mostNetNamespaces: '0' }, /user\.max_net_namespaces/],
  [{ seccomp: '2' }, /seccomp.*docker run --privileged/],
  [{ seccomp: '0', apparmorRestricts: '0', usernsClone: '1' }, /sudo/],
])('the setting that forbids namespaces is named: %o', (settings, remedy) => {
  expect(cureFor(settings).remedy).toMatch(remedy)
})
