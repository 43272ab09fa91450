import { type Middlebox, PACKET, seconds } from './middlebox.ts'

/** Access networks. No carrier publishes its figure: these are what users measured. */
export const carriers: readonly Middlebox[] = [
  {
    ...PACKET,
    name: 'carrier-silent',
    summary: 'mobile carrier that cuts silently; 180 to 300 s',
    afterMs: seconds(180),
    source: 'Azure/azure-iot-sdk-node#537 (Vodafone IT, TIM); Tencent Mars searches between 270 and 590 s',
    unverified: 'each carrier differs; measure yours with halfopen probe',
  },
  {
    ...PACKET,
    name: 'carrier-rst',
    summary: 'mobile carrier that answers what comes after with RST',
    afterMs: seconds(150),
    onNext: 'rst-sender',
    source: 'micropython/micropython#5566: resets every 150 s over PPP',
    unverified: 'each carrier differs; measure yours with halfopen probe',
  },
]
