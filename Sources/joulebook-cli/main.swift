import Glibc
import JoulebookCommand

exit(JoulebookMain.run(Array(CommandLine.arguments.dropFirst())))
