// Hands on the names of airlines, and prints some of them.
package main

import (
	"fmt"
	"os"

	"bubbles/transform"
)

type Airline struct {
	Carrier string `json:"carrier"`
	Name    string `json:"name"`
}

type Name struct {
	Name string `json:"name"`
}

func init() { transform.Rows("prints some airlines", prints) }

func prints(_ *struct{}, airline *Airline, emit func(*Name)) error {
	switch airline.Carrier {
	case "AA":
		fmt.Println(airline.Name)
	case "HA":
		fmt.Fprintln(os.Stderr, airline.Name)
	}
	emit(&Name{airline.Name})
	return nil
}

func main() {}
