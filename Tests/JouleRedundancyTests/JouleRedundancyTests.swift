// Holds the suite's place until its first test lands.
