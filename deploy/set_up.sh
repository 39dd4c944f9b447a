# Makes .venv at the root of the checkout from the locked packages. Sourced by deploy/up and deploy/test.
#
#   set_up runtime    what the system needs
#   set_up dev        and what its tests need
#
# Fast when there is nothing to do: a stamp in .venv holds the hash of the locks. Touches nothing
# outside the checkout but, as root and where they are missing, Debian's packages named here.

ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
VENV="$ROOT/.venv"
export CHOTXANH_HOME="${CHOTXANH_HOME:-$ROOT/.chotxanh}"
# Images of containers often set it; our programs start again and again, and each would compile its sources anew.
unset PYTHONDONTWRITEBYTECODE

say() { printf '• %s\n' "$*" >&2; }
give_up() {
    printf '✗ %s\n' "$*" >&2
    exit 1
}

may_install() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; }

apt_install() {
    DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@" >&2 && return
    # A fresh image has no package lists yet.
    apt-get update >&2 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@" >&2
}

# Prints the first interpreter that is new enough.
find_python() {
    local candidate
    for candidate in "${CHOTXANH_PYTHON:-python3}" python3.13 python3.12 python3.11; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$candidate"
            return
        fi
    done
    return 1
}

# The packages take 0.8 GB and as much again while they are unpacked; the rest is for Kafka and PostgreSQL.
require_disk() {
    local free_kb
    free_kb="$(df -Pk "$ROOT" | awk 'NR == 2 { print $4 }')"
    [ "$free_kb" -ge 3000000 ] ||
        give_up "The disk of $ROOT has $((free_kb / 1000)) MB free and 3000 MB are needed for the set-up: free some."
}

stamp_of() { # runtime|dev, interpreter
    {
        echo "$1" "$VENV"
        "$2" -c 'import sys; print(sys.version)'
        cat "$ROOT/pyproject.toml" "$ROOT/deploy/requirements.lock" "$ROOT/deploy/requirements-dev.lock"
    } | sha256sum | cut -d ' ' -f 1
}

# "dev" holds all of "runtime", so its stamp serves both.
is_current() { # runtime|dev, interpreter
    local stamp wanted
    stamp="$(cat "$VENV/stamp" 2>/dev/null)" || return 1
    for wanted in "$1" dev; do
        [ "$stamp" = "$(stamp_of "$wanted" "$2")" ] && "$VENV/bin/chotxanh" --version >/dev/null 2>&1 && return
    done
    return 1
}

make_venv() { # interpreter
    if [ -e "$VENV/unfinished" ] || { [ -e "$VENV" ] && ! same_python "$1"; }; then
        say ".venv was left half-made or belongs to another Python: making it anew"
        rm -rf "$VENV"
    fi
    [ -x "$VENV/bin/python" ] && return
    if ! "$1" -c 'import ensurepip, venv' 2>/dev/null; then
        local package="python$("$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])')-venv"
        may_install || give_up "Python at $1 has no venv: install the package $package (as root), then start again."
        say "installing Debian's $package"
        apt_install "$package" || give_up "Debian's $package could not be installed (see above)."
    fi
    mkdir -p "$VENV" && touch "$VENV/unfinished"
    "$1" -m venv "$VENV" || give_up "$1 could not make $VENV (see above)."
}

same_python() { # interpreter
    local version='import sys; print(sys.version)'
    "$VENV/bin/python" -m pip --version >/dev/null 2>&1 &&
        [ "$("$VENV/bin/python" -c "$version")" = "$("$1" -c "$version")" ]
}

install_packages() { # lock file
    local count
    count="$(grep -c '^[a-z0-9].*==' "$1")"
    say "installing $count locked Python packages into .venv (the first time about 400 MB are fetched)"
    local pip=("$VENV/bin/python" -m pip --disable-pip-version-check --no-input install --no-deps)
    "${pip[@]}" --progress-bar on --require-hashes -r "$1" >&2 ||
        give_up "Python packages could not be installed (see above); starting again goes on from what was fetched."
    # Without build isolation and index: what is needed to build was locked and installed just now.
    PYTHONWARNINGS=ignore "${pip[@]}" --quiet --no-index --no-build-isolation --editable "$ROOT" >&2 ||
        give_up "The project itself could not be installed into .venv (see above)."
}

# A station reads codes without pyzbar too, so a missing libzbar never stops the set-up.
ensure_zbar() {
    { PATH="$PATH:/sbin:/usr/sbin" ldconfig -p | grep -q 'libzbar\.so'; } 2>/dev/null && return
    if may_install; then
        say "installing Debian's libzbar0"
        apt_install libzbar0 && return
    fi
    say "libzbar0 is missing and may not be installed here: stations run without the pyzbar fallback."
}

find_chromium() {
    local candidate
    for candidate in "${CHOTXANH_CHROMIUM:-}" chromium chromium-browser google-chrome; do
        [ -n "$candidate" ] && command -v "$candidate" && return
    done
    return 1
}

ensure_chromium() {
    if ! find_chromium >/dev/null; then
        may_install || give_up "The browser tests need Chromium: install the package chromium (as root), or set CHOTXANH_CHROMIUM."
        say "installing Debian's chromium for the browser tests"
        apt_install chromium || give_up "Debian's chromium could not be installed (see above)."
    fi
    CHOTXANH_CHROMIUM="$(find_chromium)" || give_up "No Chromium was found after installing it; set CHOTXANH_CHROMIUM."
    export CHOTXANH_CHROMIUM
}

set_up() { # runtime|dev
    local python lock="$ROOT/deploy/requirements.lock"
    python="$(find_python)" || give_up "Python 3.11 or newer is needed and was not found (Debian: the package python3)."
    [ "$1" = dev ] && lock="$ROOT/deploy/requirements-dev.lock"
    if ! is_current "$1" "$python"; then
        [ -w "$ROOT" ] || give_up "The folder $ROOT may not be written by this user, and .venv is made in it."
        require_disk
        exec 9<"$ROOT/deploy/set_up.sh" # two set-ups at once would spoil each other's .venv
        flock -n 9 || { say "another set-up is running: waiting for it" && flock 9; }
        if ! is_current "$1" "$python"; then
            make_venv "$python"
            touch "$VENV/unfinished"
            rm -f "$VENV/stamp"
            install_packages "$lock"
            stamp_of "$1" "$python" >"$VENV/stamp.new"
            mv "$VENV/stamp.new" "$VENV/stamp"
            rm -f "$VENV/unfinished"
        fi
        exec 9<&-
    fi
    ensure_zbar
    if [ "$1" = dev ]; then ensure_chromium; fi
}
