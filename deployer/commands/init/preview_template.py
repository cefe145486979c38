"""The pull request's job of a manifest with preview settings: it has the keys of previews, and no key that deploys."""

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
      deployments: write # the state is kept there; a preview shows as a Deployment
      pull-requests: write # one comment says what would change, and where to try it
    environment: flowship-preview
    # One run at a time for each pull request: deleting a preview waits until it is made.
    concurrency:
      group: flowship-pull-request-${{ github.event.pull_request.number || 'schedule' }}
      cancel-in-progress: false
    steps:
      - uses: @CHECKOUT@
        with:
          persist-credentials: false
      # A pull request has not been reviewed yet: these keys open nothing but previews.
      - uses: @ACTION@
        with:
          mode: ${{ github.event_name == 'schedule' && 'cleanup' || 'auto' }}
          environment: @ENVIRONMENT@
          keys: ${{ secrets.FLOWSHIP_PREVIEW_KEYS }}

"""

# On a schedule the job `ship` looks for drift; the job with the preview keys cleans up.
MODE = "${{ inputs.mode || 'auto' }}"
MODE_WITH_PREVIEWS = "${{ inputs.mode || github.event_name == 'schedule' && 'drift' || 'auto' }}"
