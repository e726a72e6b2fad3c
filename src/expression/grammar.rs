//! Tokens to a tree. One function for each rule of the grammar; where a condition must stand and none does, reading
//! ends.

use winnow::combinator::{alt, opt, peek, preceded, repeat, separated};
use winnow::error::ParseError;
use winnow::prelude::*;
use winnow::stream::{Stateful, TokenSlice};
use winnow::token::any;

use super::lexer::{Lexeme, Token, fault};
use super::{Fault, MAX_DEPTH, MAX_TERMS, Node, NodeKind, Representation, Term};

type Tokens<'t, 's> = Stateful<TokenSlice<'t, Token<'s>>, Used>;

/// How much of the limits is used.
#[derive(Debug, Clone, Default)]
struct Used {
    depth: usize,
    terms: usize,
}

pub(super) fn expression(tokens: &[Token<'_>]) -> Result<Node, Fault> {
    let input = Stateful { input: TokenSlice::new(tokens), state: Used::default() };
    (disjunction, end).map(|(root, ())| root).parse(input).map_err(ParseError::into_inner)
}

fn disjunction(input: &mut Tokens<'_, '_>) -> ModalResult<Node, Fault> {
    separated(1.., conjunction, lexeme(Lexeme::Or)).map(|operands| list(operands, NodeKind::Or)).parse_next(input)
}

/// AND may be left out before NOT, as people do who search the web: `cat NOT dog`.
fn conjunction(input: &mut Tokens<'_, '_>) -> ModalResult<Node, Fault> {
    let and = || alt((lexeme(Lexeme::And).void(), peek(lexeme(Lexeme::Not)).void()));
    let more = repeat(0.., preceded(and(), negation));
    (negation, more)
        .map(|(first, more): (_, Vec<_>)| list(std::iter::once(first).chain(more).collect(), NodeKind::And))
        .parse_next(input)
}

fn negation(input: &mut Tokens<'_, '_>) -> ModalResult<Node, Fault> {
    let Some(not) = opt(lexeme(Lexeme::Not)).parse_next(input)? else { return weighted(input) };
    let inner = deeper(input, not, negation)?;
    Ok(Node { span: not.span.start..inner.span.end, kind: NodeKind::Not(Box::new(inner)) })
}

fn weighted(input: &mut Tokens<'_, '_>) -> ModalResult<Node, Fault> {
    let node = alt((parenthesis, representation, words, quoted, missing)).parse_next(input)?;
    let weight = any.verify_map(|token: &Token<'_>| match token.lexeme {
        Lexeme::Weight(weight) => Some((weight, token.span.end)),
        _ => None,
    });
    Ok(match opt(weight).parse_next(input)? {
        Some((weight, end)) => Node { span: node.span.start..end, kind: NodeKind::Weighted(Box::new(node), weight) },
        None => node,
    })
}

fn parenthesis(input: &mut Tokens<'_, '_>) -> ModalResult<Node, Fault> {
    let open = lexeme(Lexeme::Open).parse_next(input)?;
    let inner = deeper(input, open, disjunction)?;
    match next(input) {
        Some(token) if token.lexeme == Lexeme::Close => {
            Ok(Node { span: open.span.start..token.span.end, kind: inner.kind })
        }
        Some(token) => misplaced(token),
        None => fault(here(input), "expected ) at the end"),
    }
}

/// `style(image 2)` or `style(2)`.
fn representation(input: &mut Tokens<'_, '_>) -> ModalResult<Node, Fault> {
    let ((name, token), _) = (word, lexeme(Lexeme::Open)).parse_next(input)?;
    let Some(kind) = Representation::from_name(name) else {
        let message = format!(
            "{token} is no representation; choose style, palette, sketch, instances, depth or intensity, \
             or write AND or OR before the parenthesis"
        );
        return fault(token.span.clone(), message);
    };
    opt(word.verify(|(word, _)| word.eq_ignore_ascii_case("image"))).parse_next(input)?;
    let Some((number, number_token)) = opt(word).parse_next(input)? else {
        return lacking(input, "expected the number of an image, such as style(image 1)");
    };
    let Some(image) = number.parse::<u32>().ok().filter(|&image| image > 0) else {
        let message = format!("expected the number of an image, 1 or more, found {number_token}");
        return fault(number_token.span.clone(), message);
    };
    let Some(close) = opt(lexeme(Lexeme::Close)).parse_next(input)? else {
        return lacking(input, "expected ) after the number of the image");
    };
    term(input, Term::Representation { kind, image: image as usize }, token.span.start..close.span.end)
}

fn words(input: &mut Tokens<'_, '_>) -> ModalResult<Node, Fault> {
    let words: Vec<(&str, &Token<'_>)> = repeat(1.., word).parse_next(input)?;
    let (start, end) = (words[0].1.span.start, words[words.len() - 1].1.span.end);
    term(input, Term::caption(words.into_iter().map(|(word, _)| word)), start..end)
}

fn quoted(input: &mut Tokens<'_, '_>) -> ModalResult<Node, Fault> {
    let (caption, span) = any
        .verify_map(|token: &Token<'_>| match &token.lexeme {
            Lexeme::Quoted(caption) => Some((caption.clone(), token.span.clone())),
            _ => None,
        })
        .parse_next(input)?;
    term(input, caption, span)
}

/// The last alternative where a condition must stand.
fn missing(input: &mut Tokens<'_, '_>) -> ModalResult<Node, Fault> {
    let after = input.input.previous_tokens().next().map(|token| format!(" after {token}"));
    lacking(input, &format!("expected a condition{}", after.unwrap_or_default()))
}

fn end(input: &mut Tokens<'_, '_>) -> ModalResult<(), Fault> {
    next(input).map_or(Ok(()), misplaced)
}

/// A token behind a condition that neither goes on with the expression nor ends it.
fn misplaced<T>(token: &Token<'_>) -> ModalResult<T, Fault> {
    let message = match token.lexeme {
        Lexeme::Close => "this ) closes no parenthesis".to_owned(),
        Lexeme::Weight(_) => "a condition takes one weight; multiply them".to_owned(),
        _ => format!("expected AND or OR before {token}"),
    };
    fault(token.span.clone(), message)
}

/// Something else stands here, or nothing.
fn lacking<T>(input: &Tokens<'_, '_>, expected: &str) -> ModalResult<T, Fault> {
    let found = input.input.first().map(|token| format!(", found {token}"));
    fault(here(input), format!("{expected}{}", found.unwrap_or_default()))
}

/// The bytes of the next token; behind the last one at the end.
fn here(input: &Tokens<'_, '_>) -> std::ops::Range<usize> {
    let end = input.input.previous_tokens().next().map_or(0, |token| token.span.end);
    input.input.first().map_or(end..end, |token| token.span.clone())
}

fn term(input: &mut Tokens<'_, '_>, term: Term, span: std::ops::Range<usize>) -> ModalResult<Node, Fault> {
    input.state.terms += 1;
    if input.state.terms > MAX_TERMS {
        return fault(span, format!("at most {MAX_TERMS} conditions"));
    }
    Ok(Node { kind: NodeKind::Term(term), span })
}

/// `rule` within a parenthesis or NOT. The depth is not restored after an error: none behind `by` lets reading go on.
fn deeper<'t, 's>(
    input: &mut Tokens<'t, 's>,
    by: &Token<'_>,
    rule: fn(&mut Tokens<'t, 's>) -> ModalResult<Node, Fault>,
) -> ModalResult<Node, Fault> {
    input.state.depth += 1;
    if input.state.depth > MAX_DEPTH {
        return fault(by.span.clone(), format!("at most {MAX_DEPTH} parentheses and NOTs within each other"));
    }
    let node = rule(input)?;
    input.state.depth -= 1;
    Ok(node)
}

fn list(mut operands: Vec<Node>, kind: fn(Vec<Node>) -> NodeKind) -> Node {
    if operands.len() == 1 {
        return operands.remove(0);
    }
    Node { span: operands[0].span.start..operands[operands.len() - 1].span.end, kind: kind(operands) }
}

fn word<'t, 's>(input: &mut Tokens<'t, 's>) -> ModalResult<(&'s str, &'t Token<'s>), Fault> {
    any.verify_map(|token: &'t Token<'s>| match token.lexeme {
        Lexeme::Word(word) => Some((word, token)),
        _ => None,
    })
    .parse_next(input)
}

fn lexeme<'t, 's: 't>(wanted: Lexeme<'s>) -> impl Parser<Tokens<'t, 's>, &'t Token<'s>, winnow::error::ErrMode<Fault>> {
    any.verify(move |token: &&Token<'s>| token.lexeme == wanted)
}

fn next<'t, 's>(input: &mut Tokens<'t, 's>) -> Option<&'t Token<'s>> {
    winnow::stream::Stream::next_token(&mut input.input)
}
