# clockhand for bash, in ~/.bashrc: eval "$(clockhand completion bash)"
_clockhand() {
  local program=$1 line=${COMP_LINE:0:COMP_POINT} words=() index piece head offer quoting=%q
  type -P "$program" > /dev/null || program=clockhand
  # Bash takes nightly@2026-03-01T01:30:00Z apart, at @ and at :, so its words are put together again.
  for ((index = 0; index <= COMP_CWORD; index++)); do
    piece=${COMP_WORDS[index]}
    if [[ $index -eq 0 || $line == [[:space:]]* ]]; then
      words+=("")
      line=${line#"${line%%[![:space:]]*}"}
    fi
    [[ $index -eq COMP_CWORD ]] && piece=$line
    [[ $line == [\"\']* ]] && quoting=%s || quoting=%q
    words[-1]+=${piece//[\\\"\']/}
    line=${line#"${COMP_WORDS[index]}"}
  done
  local word=${words[-1]} breaks=${COMP_WORDBREAKS//[^@:=]/}
  # An answer takes the place of what is quoted, else of what stands behind : or =, or from @ on.
  head=${breaks:+${word%"${word##*["$breaks"]}"}}
  [[ $quoting == %q ]] && head=${head%@} || head=
  COMPREPLY=()
  while IFS= read -r offer; do
    case $offer in
      :files) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "${word#"$head"}") ;;
      :programs) mapfile -t COMPREPLY < <(compgen -c -- "$word" | sort -u) ;;
      *)
        offer=${offer%%$'\t'*}
        printf -v offer "$quoting" "${offer#"$head"}"
        COMPREPLY+=("$offer")
        ;;
    esac
  done < <("$program" __complete "${words[@]:1}" 2> /dev/null)
}
complete -F _clockhand clockhand
