//! Greets people: a whole plugin.

use bubbles_sdk as bubbles;

/// Who is greeted.
#[bubbles::row]
pub struct Person {
    name: String,
    born: u16,
}

/// How.
#[bubbles::row]
pub struct Greeting {
    greeting: String,
}

/// One row in, one row out, or the reason why not.
#[bubbles::transform(
    summary = "greets people born in a year that has been",
    format = "json"
)]
pub fn greet(person: Person) -> Result<Greeting, String> {
    let Person { name, born } = person;
    if born > 2026 {
        return Err(format!("{name} is not born yet"));
    }
    Ok(Greeting {
        greeting: format!("hello {name}, born in {born}!"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use bubbles::testing;

    #[test]
    fn greets_and_rejects() {
        let people = b"{\"name\":\"Ada\",\"born\":1815}\n{\"name\":\"Zoe\",\"born\":2999}\n";
        let outcome = testing::transform::<greet>("{}", [people.to_vec()]).unwrap();
        assert_eq!(
            outcome.bytes(),
            b"{\"greeting\":\"hello Ada, born in 1815!\"}\n"
        );
        assert_eq!(outcome.rejects.len(), 1);
        assert_eq!(outcome.rejects[0].reason, "Zoe is not born yet");
    }
}
