import { type Middlebox, PACKET, seconds } from './middlebox.ts'

/** Access networks. Carriers do not publish their figures: these are what users measured, and makers of NATs document. */
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
  {
    ...PACKET,
    name: 'carrier-270',
    summary: 'mobile carrier that keeps 270 s and forgets at 540 s',
    afterMs: seconds(270),
    source: 'blog.wirelessmoves.com 2020-09: a French carrier; 10 and 9 min die, 270 s survive',
    unverified: 'each carrier differs; measure yours with halfopen probe',
  },
  {
    ...PACKET,
    name: 'cgnat-rfc5382',
    summary: 'carrier-grade NAT that keeps to RFC 5382 and RFC 6888',
    afterMs: seconds(7440),
    range: 'from 7440 s on',
    source: 'RFC 5382 REQ-5: at least 2 h 4 min; RFC 6888 REQ-1 makes that hold for carrier-grade NATs',
    unverified: 'that yours keeps to it; anderstrier.dk 2021-01 measured one that does not',
  },
  {
    ...PACKET,
    name: 'cgnat-fortigate',
    summary: 'carrier-grade NAT of FortiGate (hyperscale firewall)',
    afterMs: seconds(300),
    range: '1 to 2764800 s',
    source: 'docs.fortinet.com hyperscale-firewall-guide cgn-session-timeouts: default 300; refresh-direction both',
    unverified: 'that the next packet is dropped',
  },
  {
    ...PACKET,
    name: 'cgnat-huawei-usg',
    summary: 'Huawei USG, as carriers and enterprises use it for NAT',
    afterMs: seconds(1200),
    range: 'firewall session aging-time',
    source: '`display firewall session aging-time`: tcp 1200 s (cnblogs.com/JacobJacob/p/19877530)',
    unverified: 'that the next packet is dropped',
  },
]
