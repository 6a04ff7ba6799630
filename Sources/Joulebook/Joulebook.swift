// A program that imports Joulebook names configurations, stages and energies without a second import.
@_exported public import JouleQuantities
