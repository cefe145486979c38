"""The jobs of a sharded deploy (`flowship init --sharded`): one job plans, many ship, one reports.

Each line is explained in docs/sharded.md.
"""

UPLOAD = "actions/upload-artifact@043fb46d1a93c77aae656e7c1c64a875d1fc6a0a # v7.0.1"
DOWNLOAD = "actions/download-artifact@3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c # v8.0.1"

HEAD = """\
# Flowship, for more workflows than one job should deploy: one job plans, several ship, one reports.
# A pull request shows what would change, a merge imports it as a draft, a tag v1.2.3 makes it live.
#
@SETUP@# Another environment of flowship.yml: a copy of this file with another name and without the job `pull-request`, each @PLAIN@ in it changed.
name: Flowship

"""

QUEUE = """\
# One run at a time, in order, all of its jobs together: a deploy that is cut off or dropped would leave an import without its release.
concurrency:
  group: ${{ github.event_name == 'pull_request' && github.run_id || 'flowship-@PLAIN@' }}
  cancel-in-progress: false
  queue: max

"""

JOBS = """\
  # One job for drift, and for everything by hand but a deploy.
  alone:
    if: github.event_name == 'schedule' || (github.event_name == 'workflow_dispatch' && (inputs.mode != 'deploy' || inputs.dry-run))
    runs-on: ubuntu-latest
    timeout-minutes: 15
    permissions:
      contents: read
      deployments: write # the state is kept there
    environment: @ENVIRONMENT@
    steps:
      - uses: @CHECKOUT@
        with:
          persist-credentials: false
      - uses: @ACTION@
        with:
          mode: ${{ inputs.mode || 'auto' }}
          to: ${{ inputs.to }}
          dry-run: ${{ inputs.dry-run }}
          environment: @ENVIRONMENT@
          keys: ${{ secrets.FLOWSHIP_KEYS }}

  plan:
    if: github.event_name == 'push' || (inputs.mode == 'deploy' && !inputs.dry-run)
    runs-on: ubuntu-latest
    timeout-minutes: 15
    permissions:
      contents: read
      deployments: read
    environment: @ENVIRONMENT@
    outputs:
      matrix: ${{ steps.plan.outputs.matrix }}
      shards: ${{ steps.plan.outputs.shards }}
    steps:
      - uses: @CHECKOUT@
        with:
          persist-credentials: false
      - uses: @ACTION@
        id: plan
        with:
          mode: plan
          environment: @ENVIRONMENT@
          keys: ${{ secrets.FLOWSHIP_KEYS }}
          report: flowship-reports/plan.json
          # The job `report` shows the merged report once.
          annotations: false
          summary: false
          comment: false
      - uses: @UPLOAD@
        if: always()
        with:
          name: flowship-report-plan
          path: flowship-reports/plan.json
          if-no-files-found: ignore
          overwrite: true # when the job is run again
          retention-days: 7

  ship:
    name: ship ${{ matrix.shard }}
    needs: plan
    # Also after a plan that failed because one workflow could not be read: the others are deployed. With nothing to do there are 0 shards.
    if: ${{ !cancelled() && needs.plan.outputs.shards > 0 }}
    runs-on: ubuntu-latest
    timeout-minutes: 15
    permissions:
      contents: read
      deployments: write # the state is kept there
    environment: @ENVIRONMENT@
    strategy:
      fail-fast: false # a shard that fails must not cut off the others in the middle of a write
      max-parallel: 20 # each makes four entries on GitHub, which takes 80 a minute
      matrix: ${{ fromJSON(needs.plan.outputs.matrix) }}
    steps:
      - uses: @CHECKOUT@
        with:
          persist-credentials: false
      - uses: @ACTION@
        with:
          mode: ${{ inputs.mode || 'auto' }}
          shard: ${{ matrix.shard }}
          plan-hash: ${{ matrix.plan-hash }}
          environment: @ENVIRONMENT@
          keys: ${{ secrets.FLOWSHIP_KEYS }}
          report: flowship-reports/shard-${{ matrix.number }}.json
          annotations: false
          summary: false
          comment: false
      - uses: @UPLOAD@
        if: always()
        with:
          name: flowship-report-shard-${{ matrix.number }}
          path: flowship-reports/shard-${{ matrix.number }}.json
          if-no-files-found: ignore
          overwrite: true
          retention-days: 7

  report:
    needs: [plan, ship]
    if: ${{ always() && needs.plan.result != 'skipped' }}
    runs-on: ubuntu-latest
    timeout-minutes: 15
    permissions: {}
    steps:
      - uses: @DOWNLOAD@
        with:
          pattern: flowship-report-*
          path: flowship-reports
          merge-multiple: true
      # It fails when a shard failed, or left no report.
      - uses: @ACTION@
        with:
          mode: report
          files: flowship-reports/*.json
"""
