"""What `flowship init` writes where the manifest has preview settings: a job that has the keys of previews, and nothing else."""

ENVIRONMENT = "flowship-preview"

HEAD = """\
# Once, in Settings → Environments → flowship-preview, which every branch may use:
#   - add the secret FLOWSHIP_PREVIEW_KEYS: one NAME=value line for each key that `preview:` names, and no key that deploys.
"""

PULL_REQUEST = """\
jobs:
  pull-request:
    # On a schedule too: GitHub starts no run when a pull request with conflicts is closed.
    if: github.event_name == 'pull_request' || github.event_name == 'schedule'
    runs-on: ubuntu-latest
    timeout-minutes: 15
    permissions:
      contents: read
      deployments: write # what was deployed is remembered there; a preview shows as a Deployment
      pull-requests: write # one comment says what would change, and where to try it
    environment: flowship-preview
    # One run at a time for each pull request: what takes a preview away waits for what makes it.
    concurrency:
      group: flowship-pull-request-${{ github.event.pull_request.number || 'schedule' }}
      cancel-in-progress: false
    steps:
      - uses: @CHECKOUT@
        with:
          persist-credentials: false
      # What a pull request holds has not been reviewed yet: these keys open nothing but previews.
      - uses: @ACTION@
        with:
          mode: ${{ github.event_name == 'schedule' && 'cleanup' || 'auto' }}
          environment: @ENVIRONMENT@
          keys: ${{ secrets.FLOWSHIP_PREVIEW_KEYS }}

"""

# The job `ship` compares, and leaves the clean-up to the job that has the keys for it.
MODE = "${{ inputs.mode || 'auto' }}"
MODE_WITH_PREVIEWS = "${{ inputs.mode || github.event_name == 'schedule' && 'drift' || 'auto' }}"
