package nvinfer

import (
	"errors"
	"fmt"
	"strings"
)

// version of a library or of headers.
type version struct{ major, minor, patch int }

// versionOf reads the number by which TensorRT 9 and later, and TensorRT-RTX,
// tell their version; before, the major version was counted in thousands.
func versionOf[T ~int32 | ~int](n T) version {
	v := int(n)
	if v >= 8000 && v < 9000 {
		return version{v / 1000, v / 100 % 10, v % 100}
	}
	return version{v / 10000, v / 100 % 100, v % 100}
}

func (v version) String() string { return fmt.Sprintf("%d.%d.%d", v.major, v.minor, v.patch) }

// compatible tells whether what was compiled with the headers may call the
// library: virtual functions are added at the end of their tables within a
// major version, so the library must be of the same and not older.
func compatible(headers, library version) error {
	if headers.major == library.major && headers.minor <= library.minor {
		return nil
	}
	return fmt.Errorf("the library is version %v, but this program was built with the headers of %v: build it with the library's own headers, or use a library of version %d.%d or a later %d.x",
		library, headers, headers.major, headers.minor, headers.major)
}

// firstError is the first error of a log, without its letter.
func firstError(log string) string {
	for line := range strings.Lines(log) {
		for _, mark := range []string{"[E] [TRT] ", "[F] [TRT] "} {
			if message, found := strings.CutPrefix(line, mark); found {
				return strings.TrimSpace(message)
			}
		}
	}
	return "TensorRT gave no reason"
}

// capability reads a compute capability such as "8.0" as 80. Empty is 0.
func capability(s string) (int, error) {
	if s == "" {
		return 0, nil
	}
	var major, minor int
	if n, err := fmt.Sscanf(s, "%d.%d", &major, &minor); n != 2 || err != nil || fmt.Sprintf("%d.%d", major, minor) != s || major < 1 || minor < 0 || minor > 9 {
		return 0, errors.New(`no compute capability: give major and minor version, such as "8.0"`)
	}
	return 10*major + minor, nil
}
