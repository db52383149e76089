package mask

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// SaltName is the file in a portal's state folder that keeps its salt.
const SaltName = "mask.salt"

// saltBytes is how many random bytes a salt has.
const saltBytes = 32

// maxSalt is how large a file with a salt may be.
const maxSalt = 1 << 12

// RandomSalt makes a salt.
func RandomSalt() []byte {
	salt := make([]byte, saltBytes)
	_, _ = rand.Read(salt) // never fails: without randomness the program ends
	return []byte(hex.EncodeToString(salt))
}

// ReadSalt reads the salt that a file holds. Blanks around it do not count.
func ReadSalt(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxSalt+1))
	if err != nil {
		return nil, err
	}
	salt := strings.TrimSpace(string(data))
	switch {
	case len(data) > maxSalt:
		return nil, fmt.Errorf("it is larger than %d bytes, so it is no salt", maxSalt)
	case len(salt) < 8:
		return nil, errors.New("a salt has at least 8 characters")
	}
	return []byte(salt), nil
}

// KeptSalt is the salt that a folder keeps; where there is none, one is made and kept, readable for its owner only. made
// tells that it is new. Two programs that do so at once get the same one.
func KeptSalt(folder string) (salt []byte, made bool, err error) {
	path := filepath.Join(folder, SaltName)
	if salt, err = ReadSalt(path); !errors.Is(err, fs.ErrNotExist) {
		return salt, false, err
	}
	temp, err := os.CreateTemp(folder, "."+SaltName+".*.tmp") // readable for its owner only
	if err != nil {
		return nil, false, err
	}
	defer os.Remove(temp.Name())
	salt = RandomSalt()
	_, err = temp.Write(append(salt[:len(salt):len(salt)], '\n'))
	if err == nil {
		err = temp.Sync()
	}
	if closed := temp.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return nil, false, err
	}
	if err = os.Link(temp.Name(), path); err == nil {
		return salt, true, nil
	}
	if there, other := ReadSalt(path); other == nil { // somebody was faster
		return there, false, nil
	}
	if err = os.Rename(temp.Name(), path); err != nil { // not every file system has links
		return nil, false, err
	}
	return salt, true, nil
}
