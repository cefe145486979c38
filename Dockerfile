# The action's image. Two stages: what installs never reaches what runs.
# The base is named by digest, so that a build today and a build next month run the same Python; Dependabot moves it.
FROM python:3.13-slim-trixie@sha256:ffb752e139c0a19692a43af8d8523b274222dd68eebad5d583b45c2201c6e30a AS base

FROM base AS build
WORKDIR /opt/flowship
COPY requirements.txt ./
# The venv has no pip of its own: the base's installs into it. --no-deps: the lock is whole, but for PyGithub, which actions-toolkit names and
# which nothing here imports. Nothing reads the packages' tests, their stubs, or the zones of tzdata: of that, only the list of names is read.
RUN python -m venv --without-pip venv \
    && python -m pip --python venv/bin/python install --no-cache-dir --no-compile --disable-pip-version-check --only-binary :all: \
        --require-hashes --no-deps -r requirements.txt \
    && rm requirements.txt \
    && find venv/lib \( -name tests -o -name '*.pyi' -o -path '*/tzdata/zoneinfo' \) -prune -exec rm -r {} + \
    && find venv/bin -not -name 'python*' -type f -delete
COPY LICENSE entrypoint.py ./
COPY deployer deployer/
# Compiled here, once.
RUN venv/bin/python -m compileall -q -j 0 --invalidation-mode unchecked-hash deployer venv/lib

FROM base
LABEL org.opencontainers.image.title="Flowship" org.opencontainers.image.licenses="MIT"
COPY --from=build /opt/flowship /opt/flowship
# The base has no byte code of the standard library, and each step is a new container, which would compile what it imports. So what our modules
# import is compiled here, by importing them all; the codec is loaded by its name. Then whatever can install something goes.
RUN PYTHONPATH=/opt/flowship /opt/flowship/venv/bin/python -c 'import encodings.utf_8_sig, pkgutil; \
        [__import__(found.name) for found in pkgutil.walk_packages(["/opt/flowship/deployer"], "deployer.")]' \
    && rm -rf "$(python -B -c 'import ensurepip; print(*ensurepip.__path__)')" "$(python -B -c 'import pip; print(*pip.__path__)')"* \
        /usr/local/bin/pip* /usr/bin/pip*
# The runner needs root: the workspace and its command files belong to another user. -I: nothing from the checkout or from
# PYTHON* variables is imported; -u is not needed, every line is flushed where it is written.
ENTRYPOINT ["/opt/flowship/venv/bin/python", "-I", "/opt/flowship/entrypoint.py"]
