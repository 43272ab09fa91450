/** What a check of scenarios says of a client, said of the device. `fault`: the name of the one in force. */
export function ofDevice(reason: string, fault?: string): string {
  const told = reason.replace(/\b(the )?client\b/g, 'the device')
  return fault === undefined ? told : told.replaceAll(`${fault} held`, 'the fault').replaceAll(fault, 'the fault')
}
