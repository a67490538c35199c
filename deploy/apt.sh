# shellcheck shell=bash
# Where this machine gets Debian's packages from, for another suite. To be sourced by bash with `set -euo pipefail`.

# Either may be missing.
source_files() { { find /etc/apt/sources.list /etc/apt/sources.list.d -name "$1" 2>/dev/null || true; } | sort; }

# stanza_for SUITE: the machine's own stanza for bookworm main, with the suite changed and all else (address, key) as it is.
stanza_for() {
  local files
  mapfile -t files < <(source_files '*.sources')
  ((${#files[@]} > 0)) || return 1
  # shellcheck disable=SC2016  # the last line, for sed
  sed -s '$G' "${files[@]}" | grep -v '^#' | awk -v suite="$1" '
    BEGIN { RS = ""; FS = "\n" }
    {
      stanza = ""; named = 0; main = 0; off = 0
      for (i = 1; i <= NF; i++) {
        count = split(tolower($i), word, /[ \t]+/)
        if (word[1] == "suites:") {
          for (j = 2; j <= count; j++) if (word[j] == "bookworm") named = 1
          $i = "Suites: " suite
        }
        if (word[1] == "components:") {
          for (j = 2; j <= count; j++) if (word[j] == "main") main = 1
          $i = "Components: main"
        }
        if (word[1] == "types:") $i = "Types: deb"
        if (word[1] == "enabled:" && word[2] == "no") off = 1
        stanza = stanza $i "\n"
      }
      if (named && main && !off && !found) { printf "%s", stanza; found = 1 }
    }
    END { exit !found }'
}

# line_for SUITE: the same from a one-line source.
line_for() {
  local files
  mapfile -t files < <(source_files 'sources.list' && source_files '*.list')
  ((${#files[@]} > 0)) || return 1
  sed -nE "s/^deb([[:space:]]+\[[^]]*\])?[[:space:]]+([^[:space:]]+)[[:space:]]+bookworm[[:space:]]+(.*[[:space:]])?main([[:space:]].*)?$/deb\1 \2 $1 main/p" \
    "${files[@]}" | awk 'NR == 1 { print } END { exit NR == 0 }'
}
