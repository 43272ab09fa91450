/** Written as .github/workflows/halfopen.yml. Annotations come by themselves where GITHUB_ACTIONS=true. */
export const WORKFLOW = `name: halfopen
on: [push, pull_request]
permissions:
  contents: read
jobs:
  keepalive:
    runs-on: ubuntu-latest
    timeout-minutes: 10
    env:
      # A pull request from a fork may bring any scenario: none of its programs is started (docs/security.md of halfopen).
      HALFOPEN_NO_COMMANDS: \${{ github.event_name == 'pull_request' && github.event.pull_request.head.repo.full_name != github.repository && '1' || '' }}
      npm_config_ignore_scripts: \${{ github.event_name == 'pull_request' && github.event.pull_request.head.repo.full_name != github.repository && 'true' || 'false' }}
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-node@v4
        with: { node-version: 22 }
      - run: npm ci
      # - run: sudo apt-get install -y mosquitto   # for scenarios with broker: mosquitto
      - run: npx halfopen run --junit reports/halfopen.xml --json reports/halfopen.json
      - uses: actions/upload-artifact@v4
        if: always()
        with:
          name: halfopen
          path: |
            reports
            .halfopen
          include-hidden-files: true
`
