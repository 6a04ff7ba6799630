// Checks notes and proofs with golang.org/x/mod/sumdb, which knows nothing of ledgers.
//
//	main note VKEY FILE        prints the text of the note if VKEY signed it
//	main root LEAF...          prints the root over records of these hexadecimal contents
//	main inclusion SIZE ROOT N LEAFHASH HASH...
//	main consistency SIZE ROOT OLD OLDROOT HASH...
//	main sign SKEY FILE        prints the note that SKEY makes of the text
//
// Hashes are base64. Ends with 1 and a line on standard error when something does not hold.
package main

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"os"
	"strconv"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func hash(text string) (h tlog.Hash) {
	bytes, err := base64.StdEncoding.DecodeString(text)
	check(err)
	if copy(h[:], bytes) != tlog.HashSize || len(bytes) != tlog.HashSize {
		check(fmt.Errorf("not a hash: %q", text))
	}
	return h
}

func hashes(texts []string) (list []tlog.Hash) {
	for _, text := range texts {
		list = append(list, hash(text))
	}
	return list
}

func number(text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	check(err)
	return n
}

func root(contents []string) tlog.Hash {
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) (list []tlog.Hash, err error) {
		for _, index := range indexes {
			list = append(list, stored[index])
		}
		return list, nil
	})
	for n, content := range contents {
		record, err := hex.DecodeString(content)
		check(err)
		more, err := tlog.StoredHashes(int64(n), record, reader)
		check(err)
		stored = append(stored, more...)
	}
	head, err := tlog.TreeHash(int64(len(contents)), reader)
	check(err)
	return head
}

func main() {
	arguments := os.Args[2:]
	switch os.Args[1] {
	case "note":
		verifier, err := note.NewVerifier(arguments[0])
		check(err)
		message, err := os.ReadFile(arguments[1])
		check(err)
		opened, err := note.Open(message, note.VerifierList(verifier))
		check(err)
		fmt.Print(opened.Text)
	case "sign":
		signer, err := note.NewSigner(arguments[0])
		check(err)
		text, err := os.ReadFile(arguments[1])
		check(err)
		message, err := note.Sign(&note.Note{Text: string(text)}, signer)
		check(err)
		fmt.Print(string(message))
	case "root":
		head := root(arguments)
		fmt.Println(base64.StdEncoding.EncodeToString(head[:]))
	case "inclusion":
		check(tlog.CheckRecord(
			hashes(arguments[4:]), number(arguments[0]), hash(arguments[1]),
			number(arguments[2]), hash(arguments[3])))
	case "consistency":
		check(tlog.CheckTree(
			hashes(arguments[4:]), number(arguments[0]), hash(arguments[1]),
			number(arguments[2]), hash(arguments[3])))
	default:
		check(fmt.Errorf("unknown verb %q", os.Args[1]))
	}
}
