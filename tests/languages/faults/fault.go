// Does with the third flight what it is told to: rejects it, fails in one of three ways, or crashes.
package main

import (
	"errors"

	"bubbles"
	"bubbles/transform"
)

type Config struct {
	Fault string `json:"fault"`
}

type Flight struct {
	Carrier string `json:"carrier"`
	Flight  int64  `json:"flight"`
}

func init() { transform.Rows("has trouble with the third flight", fault) }

var count int

func fault(config *Config, flight *Flight, emit func(*Flight)) error {
	if count++; count != 3 {
		emit(flight)
		return nil
	}
	bubbles.Warnf("the third flight")
	switch config.Fault {
	case "reject":
		return errors.New("it is the third")
	case "invalid":
		return bubbles.Invalid("the third is bad")
	case "transient":
		return bubbles.Transient("the third is not there yet")
	case "fatal":
		return bubbles.Fatal("the third is too much")
	}
	panic("the third is the last")
}

func main() {}
