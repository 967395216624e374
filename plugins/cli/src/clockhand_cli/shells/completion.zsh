#compdef clockhand
# clockhand for zsh: put it into a file _clockhand in a folder of $fpath, or into ~/.zshrc behind compinit:
# eval "$(clockhand completion zsh)"
_clockhand() {
  local offer about
  local -a offers
  for offer in "${(@f)$(_call_program offers ${(q)words[1]} __complete "${(@q)${(@Q)words[2,CURRENT]}}")}"; do
    case $offer in
      '') ;;
      :files) _files; return ;;
      :programs) _command_names -e; return ;;
      *)
        about=${offer#*$'\t'}
        [[ $about == "$offer" ]] && about=''
        offers+=("${${offer%%$'\t'*}//:/\\:}${about:+:$about}")
        ;;
    esac
  done
  _describe -t clockhand clockhand offers
}
if [[ $funcstack[1] == _clockhand ]]; then
  _clockhand "$@"
else
  compdef _clockhand clockhand
fi
