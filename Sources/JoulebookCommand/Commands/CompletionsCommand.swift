import ArgumentParser

struct CompletionsCommand: Subcommand {
    /// The shells that there is a script for.
    enum Shell: String, ExpressibleByArgument, CaseIterable {
        case bash, zsh, fish

        var completions: CompletionShell {
            switch self {
            case .bash: .bash
            case .zsh: .zsh
            case .fish: .fish
            }
        }
    }

    static let configuration = CommandConfiguration(
        commandName: "completions",
        abstract: "A script with which a shell completes this command.",
        discussion: """
            Prints the script; a shell that starts anew knows it from where its completions lie.

            Examples:
              joulebook completions bash > \
            ~/.local/share/bash-completion/completions/joulebook
              joulebook completions zsh > ~/.zfunc/_joulebook     with fpath+=(~/.zfunc)
              joulebook completions fish > ~/.config/fish/completions/joulebook.fish
              source <(joulebook completions bash)                for this shell only

            Exit status: 0; 64 wrong usage.
            """
    )

    @Argument(help: "bash, zsh or fish.") var shell: Shell

    func perform(on console: Console) throws(CommandFailure) -> Int32 {
        try console.print(JoulebookCommand.completionScript(for: shell.completions))
        return 0
    }
}
