package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/term"

	"askflow/internal/account"
	"askflow/internal/emulator"
	"askflow/internal/secret"
)

// longestLine is how much of standard input is read for a key.
const longestLine = 8 << 10

// terminal is standard input when a person sits there.
func (a *App) terminal() (int, bool) {
	f, ok := a.in.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return 0, false
	}
	return int(f.Fd()), true
}

// readKey asks for the key without showing it, or reads one line where nobody can be asked. An empty answer is no key,
// which some servers need none of.
func (a *App) readKey(ctx context.Context, acc *account.Account) (secret.Secret, error) {
	if fd, ok := a.terminal(); ok {
		prompt := "OpenAI API key (it is not shown): "
		if !acc.NeedsKey() {
			prompt = "API key (it is not shown; leave it empty if the server needs none): "
		}
		return a.readHidden(ctx, fd, prompt)
	}
	s, err := waitFor(ctx, func() {}, func() (secret.Secret, error) {
		line, err := bufio.NewReader(io.LimitReader(a.in, longestLine)).ReadBytes('\n')
		defer clear(line)
		if err != nil && !errors.Is(err, io.EOF) {
			return secret.Secret{}, &emulator.Error{Code: "stdin", Message: "standard input cannot be read: " + err.Error(), Exit: emulator.ExitUsage, Cause: err}
		}
		return secret.New(string(trimLine(line))), nil
	})
	if err != nil {
		return secret.Secret{}, err
	}
	if s.IsZero() && acc.NeedsKey() {
		return secret.Secret{}, &secret.Error{Code: secret.CodeMalformed, Message: "No API key was given: standard input is empty.", Hint: "run the command in a terminal to be asked for the key, or pipe the key into it"}
	}
	return s, nil
}

func trimLine(line []byte) []byte {
	for n := len(line); n > 0 && (line[n-1] == '\n' || line[n-1] == '\r' || line[n-1] == ' '); n-- {
		line = line[:n-1]
	}
	return line
}

// passphraseAsker asks for passphrases where somebody can be asked; it is nil elsewhere.
func (a *App) passphraseAsker() secret.Passphrase {
	fd, ok := a.terminal()
	if !ok {
		return nil
	}
	return func(ctx context.Context, fresh bool) (secret.Secret, error) {
		if !fresh {
			return a.readHidden(ctx, fd, "Passphrase of the file that keeps the key: ")
		}
		first, err := a.readHidden(ctx, fd, "A passphrase for the file that keeps the key (at least 8 characters): ")
		if err != nil {
			return secret.Secret{}, err
		}
		second, err := a.readHidden(ctx, fd, "The same passphrase again: ")
		if err != nil {
			return secret.Secret{}, err
		}
		defer second.Zero()
		if !first.Equal(second) {
			first.Zero()
			return secret.Secret{}, &secret.Error{Code: secret.CodePassphraseNeeded, Message: "The two passphrases differ.", Hint: "run the command again"}
		}
		return first, nil
	}
}

// readHidden asks a question on the terminal and reads the answer without showing it. An interrupt puts the terminal
// back as it was.
func (a *App) readHidden(ctx context.Context, fd int, prompt string) (secret.Secret, error) {
	before, err := term.GetState(fd)
	if err != nil {
		return secret.Secret{}, &emulator.Error{Code: "stdin", Message: "the terminal cannot be used: " + err.Error(), Exit: emulator.ExitUsage, Cause: err}
	}
	s, err := waitFor(ctx, func() {
		// The question comes after the terminal stopped showing what is typed: a key may be pasted at once.
		for range 100 {
			if now, err := term.GetState(fd); err != nil || *now != *before {
				break
			}
			time.Sleep(time.Millisecond)
		}
		_, _ = fmt.Fprint(a.err, prompt) // also with --quiet: without it nobody would know what is waited for
	}, func() (secret.Secret, error) {
		line, err := term.ReadPassword(fd)
		defer clear(line)
		if errors.Is(err, io.EOF) { // the end of the input is an empty answer
			err = nil
		}
		return secret.New(string(line)), err
	})
	_ = term.Restore(fd, before)
	_, _ = fmt.Fprintln(a.err)
	return s, err
}

// waitFor waits for a read that nothing can interrupt, but no longer than the context lasts. What is read later is wiped.
// begun is called once the read is under way.
func waitFor(ctx context.Context, begun func(), read func() (secret.Secret, error)) (secret.Secret, error) {
	type result struct {
		s   secret.Secret
		err error
	}
	done := make(chan result)
	go func() {
		s, err := read()
		select {
		case done <- result{s, err}:
		case <-ctx.Done():
			s.Zero()
		}
	}()
	begun()
	select {
	case r := <-done:
		return r.s, r.err
	case <-ctx.Done():
		return secret.Secret{}, ctx.Err()
	}
}
