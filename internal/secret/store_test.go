package secret_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zalando/go-keyring"

	"askflow/internal/secret"
)

const id = "0123456789abcdef"

func lookup(vars map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) { v, ok := vars[name]; return v, ok }
}

func code(err error) string {
	var e *secret.Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

func TestEnvironment(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	e := secret.NewEnvironment(lookup(map[string]string{"OPENAI_API_KEY": " " + canary + "\n", "OPENAI_ORG_ID": "org-1", "OPENAI_PROJECT_ID": "proj_1", "OPENAI_BASE_URL": "http://x/v1 "}))
	s, err := e.Load(ctx, id)
	if err != nil || s.Reveal() != canary {
		t.Errorf("%v, %v", s, err)
	}
	if e.Organization() != "org-1" || e.Project() != "proj_1" || e.BaseURL() != "http://x/v1" || e.Name() != secret.InEnvironment {
		t.Error("a variable is not read")
	}
	if err := e.Save(ctx, id, s); code(err) != secret.CodeReadOnly {
		t.Errorf("Save: %v", err)
	}
	var refused *secret.Error
	if err := e.Delete(ctx, id); !errors.As(err, &refused) || refused.Code != secret.CodeReadOnly || !strings.Contains(refused.Hint, "unset OPENAI_API_KEY") {
		t.Errorf("Delete: %v", err)
	}
	for _, empty := range []*secret.Environment{nil, secret.NewEnvironment(nil), secret.NewEnvironment(lookup(map[string]string{"OPENAI_API_KEY": " "}))} {
		if _, err := empty.Load(ctx, id); !errors.Is(err, secret.ErrNotFound) {
			t.Errorf("Load: %v", err)
		}
		if err := empty.Delete(ctx, id); !errors.Is(err, secret.ErrNotFound) {
			t.Errorf("Delete: %v", err)
		}
	}
	_, err = secret.NewEnvironment(lookup(map[string]string{"OPENAI_API_KEY": canary + " and more"})).Load(ctx, id)
	if code(err) != secret.CodeMalformed || !strings.Contains(err.Error(), "OPENAI_API_KEY") {
		t.Errorf("%v", err)
	}
	mustHide(t, "the error", err.Error())
}

// memory is a keyring whose calls wait while gate is not nil and not closed.
type memory struct {
	mu    sync.Mutex
	texts map[string]string
	gate  chan struct{}
	err   error
	boom  bool
}

func (m *memory) enter() error {
	if m.gate != nil {
		<-m.gate
	}
	if m.boom {
		panic("the key is " + canary)
	}
	return m.err
}

func (m *memory) Get(service, user string) (string, error) {
	if err := m.enter(); err != nil {
		return "", err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	text, ok := m.texts[service+"/"+user]
	if !ok {
		return "", secret.ErrNotFound
	}
	return text, nil
}

func (m *memory) Set(service, user, text string) error {
	if err := m.enter(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.texts == nil {
		m.texts = map[string]string{}
	}
	m.texts[service+"/"+user] = text
	return nil
}

func (m *memory) Delete(service, user string) error {
	if err := m.enter(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.texts[service+"/"+user]; !ok {
		return secret.ErrNotFound
	}
	delete(m.texts, service+"/"+user)
	return nil
}

// roundTrip is what every store that keeps keys must do.
func roundTrip(t *testing.T, s secret.Store) {
	t.Helper()
	ctx := t.Context()
	must := func(what string, ok bool, err error) {
		t.Helper()
		if !ok {
			t.Errorf("%s: %v", what, err)
		}
	}
	_, err := s.Load(ctx, id)
	must("Load of nothing", errors.Is(err, secret.ErrNotFound), err)
	has, err := s.Has(ctx, id)
	must("Has of nothing", !has && err == nil, err)
	err = s.Delete(ctx, id)
	must("Delete of nothing", errors.Is(err, secret.ErrNotFound), err)
	for _, text := range []string{canary, "another\nwith two lines"} {
		err = s.Save(ctx, id, secret.New(text))
		must("Save", err == nil, err)
		got, err := s.Load(ctx, id)
		must("Load", err == nil && got.Reveal() == text, err)
	}
	_, err = s.Load(ctx, "fedcba")
	must("Load of another account", errors.Is(err, secret.ErrNotFound), err)
	has, err = s.Has(ctx, id)
	must("Has", has && err == nil, err)
	err = s.Delete(ctx, id)
	must("Delete", err == nil, err)
	has, err = s.Has(ctx, id)
	must("Has after Delete", !has && err == nil, err)
}

func TestKeyring(t *testing.T) {
	t.Parallel()
	roundTrip(t, secret.NewKeyring(&memory{}))
}

// The one test that sees the library's global mock; every other one brings its own backend.
func TestSystemKeyring(t *testing.T) {
	keyring.MockInit()
	roundTrip(t, secret.NewKeyring(secret.SystemKeyring()))
	keyring.MockInitWithError(errors.New("the collection is locked."))
	_, err := secret.NewKeyring(secret.SystemKeyring()).Load(t.Context(), id)
	if code(err) != secret.CodeKeyring || !strings.Contains(err.Error(), "the collection is locked.") || strings.Contains(err.Error(), "..") {
		t.Errorf("%v", err)
	}
}

func TestKeyringErrorsHideTheKey(t *testing.T) {
	t.Parallel()
	for _, m := range []*memory{{err: errors.New("cannot store " + canary)}, {boom: true}} {
		err := secret.NewKeyring(m).Save(t.Context(), id, secret.New(canary))
		if code(err) != secret.CodeKeyring {
			t.Errorf("%v", err)
		}
		for e := err; e != nil; e = errors.Unwrap(e) {
			mustHide(t, "an error", e.Error())
		}
	}
}

func TestKeyringLimit(t *testing.T) {
	t.Parallel()
	calls := map[string]func(context.Context, *secret.Keyring) error{
		"Load":   func(ctx context.Context, k *secret.Keyring) error { _, err := k.Load(ctx, id); return err },
		"Has":    func(ctx context.Context, k *secret.Keyring) error { _, err := k.Has(ctx, id); return err },
		"Save":   func(ctx context.Context, k *secret.Keyring) error { return k.Save(ctx, id, secret.New(canary)) },
		"Delete": func(ctx context.Context, k *secret.Keyring) error { return k.Delete(ctx, id) },
	}
	for name, call := range calls {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				m := &memory{gate: make(chan struct{})}
				start := time.Now()
				err := call(t.Context(), secret.NewKeyring(m))
				if took := time.Since(start); took != secret.KeyringLimit || code(err) != secret.CodeKeyringTimeout {
					t.Errorf("after %v: %v", took, err)
				}
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				start = time.Now()
				if err := call(ctx, secret.NewKeyring(m)); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Second {
					t.Errorf("after %v: %v", time.Since(start), err)
				}
				close(m.gate)
				synctest.Wait()
			})
		})
	}
}

// What a keyring does after the limit is undone: the caller was told that nothing was kept.
func TestKeyringUndoesALateSave(t *testing.T) {
	t.Parallel()
	for _, before := range []string{"", "the old one"} {
		synctest.Test(t, func(t *testing.T) {
			m := &memory{gate: make(chan struct{}), texts: map[string]string{}}
			if before != "" {
				m.texts["askflow/"+id] = before
			}
			if err := secret.NewKeyring(m).Save(t.Context(), id, secret.New(canary)); code(err) != secret.CodeKeyringTimeout {
				t.Errorf("%v", err)
			}
			close(m.gate)
			synctest.Wait()
			if got := m.texts["askflow/"+id]; got != before {
				t.Errorf("the keyring holds a text of %d characters after a save that failed", len(got))
			}
		})
	}
}

func passphrase(s string) secret.Passphrase {
	return secret.PassphraseFrom(lookup(map[string]string{"ASKFLOW_PASSPHRASE": s}), nil)
}

func TestFile(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "a", "keys")
	roundTrip(t, secret.NewFile(dir, passphrase("correct horse"), 2))
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 0 {
		t.Errorf("%v, %v", left, err)
	}
}

func TestFileIsEncryptedAndPrivate(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "keys")
	f := secret.NewFile(dir, passphrase("correct horse"), 2)
	if err := f.Save(t.Context(), id, secret.New(canary)); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(f.Path(id))
	if err != nil || !strings.HasPrefix(string(data), "age-encryption.org/v1\n") {
		t.Fatalf("%v %.30q", err, data)
	}
	mustHide(t, "the file", string(data))
	if runtime.GOOS == "windows" {
		return
	}
	for path, want := range map[string]os.FileMode{dir: 0o700, f.Path(id): 0o600} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v %v", path, info.Mode(), err)
		}
	}
}

func TestFilePassphrases(t *testing.T) {
	t.Parallel()
	ctx, dir := t.Context(), t.TempDir()
	if err := secret.NewFile(dir, passphrase("correct horse"), 2).Save(ctx, id, secret.New(canary)); err != nil {
		t.Fatal(err)
	}
	if _, err := secret.NewFile(dir, passphrase("wrong horse"), 2).Load(ctx, id); code(err) != secret.CodeWrongPassphrase {
		t.Errorf("wrong: %v", err)
	}
	if _, err := secret.NewFile(dir, passphrase(""), 2).Load(ctx, id); code(err) != secret.CodePassphraseNeeded {
		t.Errorf("none: %v", err)
	}
	empty := func(context.Context, bool) (secret.Secret, error) { return secret.Secret{}, nil }
	if _, err := secret.NewFile(dir, empty, 2).Load(ctx, id); code(err) != secret.CodeWrongPassphrase {
		t.Errorf("empty: %v", err)
	}
	if err := secret.NewFile(dir, passphrase("seven77"), 2).Save(ctx, id, secret.New("x")); code(err) != secret.CodeWeakPassphrase {
		t.Errorf("weak: %v", err)
	}
	asked := []bool{}
	answers := []string{"wrong horse", "correct horse"}
	asking := secret.NewFile(dir, secret.PassphraseFrom(lookup(nil), func(_ context.Context, fresh bool) (secret.Secret, error) {
		asked = append(asked, fresh)
		return secret.New(answers[len(asked)-1]), nil
	}), 2)
	if _, err := asking.Load(ctx, id); code(err) != secret.CodeWrongPassphrase {
		t.Errorf("wrong answer: %v", err)
	}
	for range 3 { // once it is known, nobody is asked again
		if s, err := asking.Load(ctx, id); err != nil || s.Reveal() != canary {
			t.Errorf("%v, %v", s, err)
		}
	}
	if err := asking.Save(ctx, id, secret.New(canary)); err != nil || len(asked) != 2 || asked[0] || asked[1] {
		t.Errorf("%v, %v", asked, err)
	}
}

func TestDamagedFiles(t *testing.T) {
	t.Parallel()
	ctx, dir := t.Context(), t.TempDir()
	f := secret.NewFile(dir, passphrase("correct horse"), 2)
	if err := f.Save(ctx, id, secret.New(canary)); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(f.Path(id))
	if err != nil {
		t.Fatal(err)
	}
	head, _, _ := strings.Cut(string(good), "\n---")
	damaged := map[string]string{"empty": "", "text": "sk-proj-in-the-clear", "half": string(good[:len(good)/2]), "cut": string(good[:len(good)-1]),
		"header only": head, "changed": string(good[:len(good)-1]) + "x", "huge": strings.Repeat("x", 100<<10),
		"expensive":  strings.Replace(string(good), " 2\n", " 29\n", 1), // would need 512 GiB
		"other kind": "age-encryption.org/v1\n-> X25519 abc\nabc\n--- abc\n"}
	for name, data := range damaged {
		if err := os.WriteFile(f.Path(id), []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := secret.NewFile(dir, passphrase("correct horse"), 2).Load(ctx, id)
		if code(err) != secret.CodeDamagedFile || !strings.Contains(err.Error(), f.Path(id)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := os.Remove(f.Path(id)); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(f.Path(id), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Load(ctx, id); code(err) != secret.CodeDamagedFile {
		t.Errorf("a folder: %v", err)
	}
	if err := f.Save(ctx, id, secret.New(canary)); code(err) != secret.CodeFile {
		t.Errorf("saving over a folder: %v", err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("something was left behind: %v, %v", left, err)
	}
}

func TestFileIDsAreNoPaths(t *testing.T) {
	t.Parallel()
	f := secret.NewFile(t.TempDir(), passphrase("correct horse"), 2)
	for _, bad := range []string{"", "../x", "a/b", "ABC", "x y", strings.Repeat("a", 200)} {
		_, loaded := f.Load(t.Context(), bad)
		_, has := f.Has(t.Context(), bad)
		for _, err := range []error{loaded, has, f.Save(t.Context(), bad, secret.New("x")), f.Delete(t.Context(), bad)} {
			if code(err) != secret.CodeFile {
				t.Errorf("%q: %v", bad, err)
			}
		}
	}
}

func FuzzFileLoad(f *testing.F) {
	f.Add([]byte("age-encryption.org/v1\n-> scrypt AAAAAAAAAAAAAAAAAAAAAA 1\n\n--- x\n"))
	f.Add([]byte("age-encryption.org/v1\n-> scrypt "))
	f.Add([]byte{})
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, data []byte) {
		file := secret.NewFile(dir, passphrase("correct horse"), 1)
		if len(data) > 200 || strings.Contains(string(data), " 1") && strings.ContainsAny(string(data), "23456789") {
			return // no time for expensive work factors
		}
		if err := os.WriteFile(file.Path(id), data, 0o600); err != nil {
			t.Fatal(err)
		}
		if s, err := file.Load(t.Context(), id); err == nil {
			t.Errorf("%q was opened: %d characters", data, len(s.Reveal()))
		} else if code(err) == "" {
			t.Errorf("an error without a code: %v", err)
		}
	})
}
