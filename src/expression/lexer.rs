//! Characters to tokens. Every character belongs to some token or stands between two, so only what a token lacks is
//! wrong.

use std::ops::Range;

use winnow::combinator::{alt, opt, preceded, repeat, terminated};
use winnow::error::{ErrMode, ParseError, ParserError};
use winnow::prelude::*;
use winnow::stream::{LocatingSlice, Stream};
use winnow::token::{none_of, one_of, take_while};

use super::{Fault, MAX_WEIGHT, Term};

/// A piece of source. `span` is in bytes, `text` what stands there.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token<'s> {
    pub(super) lexeme: Lexeme<'s>,
    pub(super) text: &'s str,
    pub(super) span: Range<usize>,
}

/// What a token is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Lexeme<'s> {
    Word(&'s str),
    Quoted(Term),
    Weight(f32),
    And,
    Or,
    Not,
    Open,
    Close,
}

type Source<'s> = LocatingSlice<&'s str>;

/// What reading on cannot mend.
pub(super) fn fault<T>(span: Range<usize>, message: impl Into<String>) -> ModalResult<T, Fault> {
    Err(ErrMode::Cut(Fault { span, message: message.into() }))
}

/// Winnow makes such an error where an alternative does not fit. Another one always does, or [`fault`] has said what is
/// wrong, so nobody reads it.
impl<I: Stream> ParserError<I> for Fault {
    type Inner = Self;

    fn from_input(_input: &I) -> Self {
        Self { span: 0..0, message: "this is no expression".into() }
    }

    fn into_inner(self) -> Result<Self, Self> {
        Ok(self)
    }
}

pub(super) fn tokens(source: &str) -> Result<Vec<Token<'_>>, Fault> {
    terminated(repeat(0.., preceded(blank, token)), blank)
        .parse(LocatingSlice::new(source))
        .map_err(ParseError::into_inner)
}

fn blank<'s>(input: &mut Source<'s>) -> ModalResult<&'s str, Fault> {
    take_while(0.., char::is_whitespace).parse_next(input)
}

fn token<'s>(input: &mut Source<'s>) -> ModalResult<Token<'s>, Fault> {
    let lexeme = alt((
        '('.value(Lexeme::Open),
        ')'.value(Lexeme::Close),
        '&'.value(Lexeme::And),
        '|'.value(Lexeme::Or),
        '!'.value(Lexeme::Not),
        weight,
        quoted,
        take_while(1.., is_of_word).map(keyword_or_word),
    ));
    lexeme.with_taken().with_span().map(|((lexeme, text), span)| Token { lexeme, text, span }).parse_next(input)
}

fn is_of_word(c: char) -> bool {
    !c.is_whitespace() && !"()&|!^\"“”„".contains(c)
}

fn keyword_or_word(word: &str) -> Lexeme<'_> {
    match word {
        "AND" => Lexeme::And,
        "OR" => Lexeme::Or,
        "NOT" => Lexeme::Not,
        _ => Lexeme::Word(word),
    }
}

fn weight<'s>(input: &mut Source<'s>) -> ModalResult<Lexeme<'s>, Fault> {
    let (text, span) = preceded(('^', blank), take_while(0.., is_of_word)).with_span().parse_next(input)?;
    // Digits and a point only: `parse` would also take exponents, signs, infinity and what is no number.
    let digits = text.chars().all(|c| c.is_ascii_digit() || c == '.');
    match text.parse() {
        Ok(weight) if digits && weight <= MAX_WEIGHT => Ok(Lexeme::Weight(weight)),
        _ => {
            let found = if text.is_empty() { String::new() } else { format!(", found `{}`", shortened(text)) };
            fault(span, format!("expected a weight from 0 to {MAX_WEIGHT} after ^{found}"))
        }
    }
}

/// A caption in quotes. Curly ones too: telephones put them in of their own accord, and of all the habits of opening
/// and closing with them none needs to be known.
fn quoted<'s>(input: &mut Source<'s>) -> ModalResult<Lexeme<'s>, Fault> {
    let (mark, span) = one_of(['"', '“', '”', '„']).with_span().parse_next(input)?;
    let text: String = if mark == '"' {
        repeat(0.., alt((preceded('\\', one_of(['"', '\\'])), none_of('"')))).parse_next(input)?
    } else {
        repeat(0.., none_of(['“', '”'])).parse_next(input)?
    };
    match opt(one_of(['"', '“', '”'])).parse_next(input)? {
        None => fault(span, "this quotation mark is never closed"),
        Some(_) if text.trim().is_empty() => fault(span, "a caption needs words"),
        Some(_) => Ok(Lexeme::Quoted(Term::caption([text.as_str()]))),
    }
}

/// Enough of a text to recognise it in a message.
fn shortened(text: &str) -> String {
    const ENOUGH: usize = 20;
    if text.chars().count() <= ENOUGH { text.to_owned() } else { text.chars().take(ENOUGH).chain(['…']).collect() }
}

/// For messages: operators bare, everything else in backticks.
impl std::fmt::Display for Token<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.lexeme {
            Lexeme::Word(_) | Lexeme::Quoted(_) | Lexeme::Weight(_) => write!(f, "`{}`", shortened(self.text)),
            _ => f.write_str(self.text),
        }
    }
}
