package mask_test

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"askflow/internal/mask"
)

// A folder keeps one salt, for its owner only, whoever comes first.
func TestKeptSalt(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var wg sync.WaitGroup
	salts := make([][]byte, 8)
	for i := range salts {
		wg.Add(1)
		go func() {
			defer wg.Done()
			salt, _, err := mask.KeptSalt(dir)
			if err != nil {
				t.Error(err)
			}
			salts[i] = salt
		}()
	}
	wg.Wait()
	for _, s := range salts {
		if !bytes.Equal(s, salts[0]) || len(s) != 64 {
			t.Fatalf("salts differ: %q, %q", s, salts[0])
		}
	}
	info, err := os.Stat(filepath.Join(dir, mask.SaltName))
	if err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("files are left behind: %v", entries)
	}
	if _, made, err := mask.KeptSalt(dir); made || err != nil {
		t.Errorf("made again: %v, %v", made, err)
	}
	if bytes.Equal(mask.RandomSalt(), mask.RandomSalt()) {
		t.Error("two salts are one")
	}
}

func TestReadSalt(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"": "at least 8", " short \n": "at least 8", strings.Repeat("x", 5000): "larger than", " eightchr\n": ""} {
		file := filepath.Join(t.TempDir(), "salt")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		salt, err := mask.ReadSalt(file)
		switch {
		case want == "" && (err != nil || string(salt) != "eightchr"):
			t.Errorf("%.20q: %q, %v", text, salt, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%.20q: %v", text, err)
		}
	}
}
