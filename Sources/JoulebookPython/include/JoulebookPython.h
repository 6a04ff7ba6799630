/* The extension exports PyInit__native to the interpreter and nothing to other C or Swift code. */
