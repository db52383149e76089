package secret

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"filippo.io/age"
)

// VarPassphrase is the variable that holds the passphrase of the key file, for machines where nobody can be asked.
const VarPassphrase = "ASKFLOW_PASSPHRASE"

// DefaultWorkFactor is the scrypt work factor (log₂ N) of key files: about half a second and 128 MiB for each guess.
const DefaultWorkFactor = 17

const (
	minPassphrase   = 8        // characters
	largestKeyFile  = 64 << 10 // a key file is a few hundred bytes
	highestLogN     = 20       // what is read at most: a gigabyte; more would be an attack on this machine
	keyFileBeginsAs = "age-encryption.org/v1\n-> scrypt "
)

// Passphrase asks for the passphrase of the key file. fresh tells that a new file is made, so that it should be asked
// for twice. An error ends what needed it.
type Passphrase func(ctx context.Context, fresh bool) (Secret, error)

// PassphraseFrom takes the passphrase from ASKFLOW_PASSPHRASE, and from ask when the variable is not set. ask may be nil.
func PassphraseFrom(lookup func(string) (string, bool), ask Passphrase) Passphrase {
	return func(ctx context.Context, fresh bool) (Secret, error) {
		if lookup != nil {
			if text, ok := lookup(VarPassphrase); ok && text != "" {
				return New(text), nil
			}
		}
		if ask == nil {
			return Secret{}, &Error{Code: CodePassphraseNeeded, Message: "The file that keeps the key needs a passphrase, and nobody can be asked for it here.",
				Hint: "set " + VarPassphrase + ", or run the command in a terminal"}
		}
		return ask(ctx, fresh)
	}
}

// File is the store in encrypted files, one for each account: dir/ID.age, for their owner only. They are ordinary age
// files with a passphrase, so that age itself can open them.
type File struct {
	dir  string
	ask  Passphrase
	work int

	mu   sync.Mutex
	pass Secret // the one that worked last, so that one command asks once
}

// NewFile makes the store in a folder, which need not exist. workFactor is log₂ of scrypt's N, from 1 to 20;
// DefaultWorkFactor when out of that range.
func NewFile(dir string, ask Passphrase, workFactor int) *File {
	if workFactor < 1 || workFactor > highestLogN {
		workFactor = DefaultWorkFactor
	}
	if ask == nil {
		ask = PassphraseFrom(nil, nil)
	}
	return &File{dir: dir, ask: ask, work: workFactor}
}

// Name is "file".
func (f *File) Name() string { return InFile }

// Path is where the account's file lies, or would lie.
func (f *File) Path(id string) string { return filepath.Join(f.dir, id+".age") }

// Has tells whether there is a file for the account.
func (f *File) Has(_ context.Context, id string) (bool, error) {
	if !validID(id) {
		return false, badID()
	}
	_, err := os.Stat(f.Path(id))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, f.unusable(id, "read", err)
	}
	return true, nil
}

// Load decrypts the account's file.
func (f *File) Load(ctx context.Context, id string) (Secret, error) {
	if !validID(id) {
		return Secret{}, badID()
	}
	data, err := f.read(id)
	if err != nil {
		return Secret{}, err
	}
	if !bytes.HasPrefix(data, []byte(keyFileBeginsAs)) {
		return Secret{}, f.damaged(id, nil)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	pass, known := f.pass, !f.pass.IsZero()
	if !known {
		if pass, err = f.ask(ctx, false); err != nil {
			return Secret{}, err
		}
	}
	s, err := f.decrypt(id, data, pass)
	if err != nil {
		f.pass = Secret{}
		return Secret{}, err
	}
	f.pass = pass
	return s, nil
}

func (f *File) read(id string) ([]byte, error) {
	info, err := os.Stat(f.Path(id)) // before opening: opening a pipe would wait for its other end
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, f.unusable(id, "read", err)
	}
	if !info.Mode().IsRegular() {
		return nil, f.damaged(id, nil)
	}
	file, err := os.Open(f.Path(id))
	if err != nil {
		return nil, f.unusable(id, "read", err)
	}
	defer func() { _ = file.Close() }()
	data, err := io.ReadAll(io.LimitReader(file, largestKeyFile+1))
	if err != nil {
		return nil, f.unusable(id, "read", err)
	}
	if len(data) > largestKeyFile {
		return nil, f.damaged(id, nil)
	}
	return data, nil
}

func (f *File) decrypt(id string, data []byte, pass Secret) (Secret, error) {
	identity, err := age.NewScryptIdentity(pass.Reveal())
	if err != nil { // empty
		return Secret{}, wrongPassphrase(err)
	}
	identity.SetMaxWorkFactor(highestLogN)
	r, err := age.Decrypt(bytes.NewReader(data), identity)
	var mismatch *age.NoIdentityMatchError
	switch {
	case errors.As(err, &mismatch):
		return Secret{}, wrongPassphrase(err)
	case err != nil:
		return Secret{}, f.damaged(id, err)
	}
	text, err := io.ReadAll(io.LimitReader(r, largestKeyFile))
	defer clear(text)
	if err != nil || len(text) == 0 {
		return Secret{}, f.damaged(id, err)
	}
	return New(string(text)), nil
}

// Save encrypts the secret into the account's file. The file is replaced as a whole or not at all.
func (f *File) Save(ctx context.Context, id string, s Secret) error {
	if !validID(id) {
		return badID()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	pass := f.pass
	if pass.IsZero() {
		var err error
		if pass, err = f.ask(ctx, true); err != nil {
			return err
		}
	}
	if n := len([]rune(pass.Reveal())); n < minPassphrase {
		return &Error{Code: CodeWeakPassphrase, Message: fmt.Sprintf("The passphrase is too short: it needs at least %d characters.", minPassphrase),
			Hint: "choose a longer one; whoever gets the file can try as many as they like"}
	}
	data, err := f.encrypt(s, pass)
	if err != nil {
		return f.unusable(id, "encrypted", err)
	}
	if err := f.write(id, data); err != nil {
		return f.unusable(id, "written", err)
	}
	f.pass = pass
	return nil
}

func (f *File) encrypt(s, pass Secret) ([]byte, error) {
	to, err := age.NewScryptRecipient(pass.Reveal())
	if err != nil {
		return nil, err
	}
	to.SetWorkFactor(f.work)
	var b bytes.Buffer
	w, err := age.Encrypt(&b, to)
	if err != nil {
		return nil, err
	}
	if _, err := io.WriteString(w, s.Reveal()); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func (f *File) write(id string, data []byte) error {
	if err := os.MkdirAll(f.dir, 0o700); err != nil {
		return err
	}
	temp, err := os.CreateTemp(f.dir, "."+id+"-*") // readable by its owner only
	if err != nil {
		return err
	}
	_, err = temp.Write(data)
	if err == nil {
		err = temp.Sync()
	}
	if err = errors.Join(err, temp.Close()); err == nil {
		err = os.Rename(temp.Name(), f.Path(id))
	}
	if err != nil {
		return errors.Join(err, os.Remove(temp.Name()))
	}
	// So that the new name survives a power failure. Not every system can do it, and none needs it to go on.
	if d, err := os.Open(f.dir); err == nil {
		_ = d.Sync()
		_ = d.Close()
	}
	return nil
}

// Delete removes the account's file.
func (f *File) Delete(_ context.Context, id string) error {
	if !validID(id) {
		return badID()
	}
	err := os.Remove(f.Path(id))
	if errors.Is(err, fs.ErrNotExist) {
		return ErrNotFound
	}
	if err != nil {
		return f.unusable(id, "removed", err)
	}
	return nil
}

func wrongPassphrase(cause error) *Error {
	return &Error{Code: CodeWrongPassphrase, Message: "The passphrase does not open the file that keeps the key.",
		Hint: "check " + VarPassphrase + " and try again; a lost passphrase cannot be recovered: uninstall, and connect a new key", Cause: cause}
}

func (f *File) damaged(id string, cause error) *Error {
	return &Error{Code: CodeDamagedFile, Message: fmt.Sprintf("The file %s is damaged, or was not made by this program.", f.Path(id)),
		Hint: "uninstall the account and connect the key again", Cause: cause}
}

func (f *File) unusable(id, what string, cause error) *Error {
	reason := cause
	var p *fs.PathError
	if errors.As(cause, &p) {
		reason = p.Err
	}
	return &Error{Code: CodeFile, Message: fmt.Sprintf("The file %s cannot be %s: %s.", f.Path(id), what, reason), Hint: "check the folder's permissions and the space on the disk", Cause: cause}
}
