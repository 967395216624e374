# clockhand for fish: write it to ~/.config/fish/completions/clockhand.fish
function __clockhand_offers
    set -l words (commandline -opc)
    set -l word (commandline -ct)
    for offer in (command $words[1] __complete $words[2..-1] "$word" 2>/dev/null)
        switch $offer
            case ':files'
                __fish_complete_path "$word"
            case ':programs'
                __fish_complete_command
            case '*'
                printf '%s\n' $offer
        end
    end
end
complete -c clockhand -f -a '(__clockhand_offers)'
