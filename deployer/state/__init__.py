"""The state: what was deployed to each environment, in a file or in GitHub Deployments."""
