//! Where everything stands on a screen of some size. Narrow screens fold the sides away.
//!
//! Drawing, scrolling and the mouse ask here, so that they agree.

use ratatui::layout::Rect;

/// Narrower, and the people are not shown beside the messages.
const PEOPLE_FROM: u16 = 80;
/// Narrower, and the conversations are not either.
const LIST_FROM: u16 = 50;
const LIST_WIDTH: u16 = 20;
/// The same where the people are not shown.
const LIST_WIDTH_NARROW: u16 = 16;
const PEOPLE_WIDTH: u16 = 18;
/// Lower, and there is nothing but messages and the input.
const FRAMED_FROM: u16 = 6;

/// What one wants to see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The conversations.
    pub list: bool,
    /// Who is there.
    pub people: bool,
    /// Rows of the input box.
    pub input_rows: u16,
    /// Whether something is said above the input: what it answers.
    pub about: bool,
}

/// The parts of the screen; one that is not shown is empty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// The conversations.
    pub list: Rect,
    /// The topic.
    pub topic: Rect,
    /// What was said.
    pub messages: Rect,
    /// Who is there.
    pub people: Rect,
    /// Connection, lag, who types.
    pub status: Rect,
    /// What the input answers or edits.
    pub about: Rect,
    /// The input.
    pub input: Rect,
}

impl Layout {
    /// Divides a screen.
    #[must_use]
    pub fn of(width: u16, height: u16, wanted: Wanted) -> Self {
        let mut layout = Self::default();
        let framed = height >= FRAMED_FROM;
        let input_rows = wanted.input_rows.clamp(1, height.div_ceil(3).max(1)).min(height);
        let status_rows = u16::from(framed);
        let about_rows = u16::from(framed && wanted.about);
        let body = height - input_rows - (status_rows + about_rows).min(height - input_rows);
        let list_width = if width >= PEOPLE_FROM { LIST_WIDTH } else { LIST_WIDTH_NARROW };
        let list = if wanted.list && framed && width >= LIST_FROM { list_width } else { 0 };
        let people = if wanted.people && framed && width >= PEOPLE_FROM { PEOPLE_WIDTH } else { 0 };
        let middle = width - list - people;
        let topic_rows = u16::from(framed).min(body);
        layout.list = Rect::new(0, 0, list, body);
        layout.topic = Rect::new(list, 0, middle, topic_rows);
        layout.messages = Rect::new(list, topic_rows, middle, body - topic_rows);
        layout.people = Rect::new(list + middle, 0, people, body);
        layout.status = Rect::new(0, body, width, status_rows);
        layout.about = Rect::new(0, body + status_rows, width, about_rows);
        layout.input = Rect::new(0, height - input_rows, width, input_rows);
        layout
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ALL: Wanted = Wanted { list: true, people: true, input_rows: 1, about: false };

    #[test]
    fn narrow_screens_fold_the_sides_away() {
        for (width, list, people) in [(120, true, true), (79, true, false), (49, false, false)] {
            let layout = Layout::of(width, 30, ALL);
            assert_eq!((layout.list.width > 0, layout.people.width > 0), (list, people), "{width}");
        }
    }

    proptest! {
        #[test]
        fn the_parts_lie_within_the_screen_side_by_side(
            width in 0_u16..200, height in 0_u16..80, input_rows in 0_u16..9, about in any::<bool>()
        ) {
            let layout = Layout::of(width, height, Wanted { input_rows, about, ..ALL });
            let screen = Rect::new(0, 0, width, height);
            let Layout { list, topic, messages, people, status, about, input } = layout;
            let parts = [list, topic, messages, people, status, about, input];
            let area: u32 = parts.iter().map(|part| part.area()).sum();
            prop_assert_eq!(area, screen.area());
            for part in parts {
                prop_assert!(part.is_empty() || screen.intersection(part) == part, "{:?}", layout);
            }
        }
    }
}
