//! [`NameConstraints`]: the names that an authority may issue certificates for (RFC 5280,
//! 4.2.1.10).

use super::name::{DistinguishedName, EMAIL_ADDRESS, place};
use crate::{
    error::{Place, UnmarshalError},
    verify::error::CertificateProblem,
    wire::{
        Reader,
        der::{SEQUENCE, any, element, end},
    },
};

const PLACE: &Place = &place("nameConstraints");
const ALT_NAME: &Place = &place("subjectAltName");

/// `permittedSubtrees`, `[0]`, and `excludedSubtrees`, `[1]`.
const PERMITTED: u8 = 0xa0;
const EXCLUDED: u8 = 0xa1;

/// `rfc822Name`, `[1]`, and `directoryName`, `[4]`, of a `GeneralName`.
const RFC822_NAME: u8 = 0x81;
const DIRECTORY_NAME: u8 = 0xa4;

/// The names that an authority may issue certificates for, and the ones that it may not.
///
/// Of the forms that a name can have, directory names are compared. A constraint on a name
/// of another form, which the certificate has, is unsupported.
#[derive(Clone, Copy, Debug)]
pub(super) struct NameConstraints<'a> {
    permitted: Reader<'a>,
    excluded: Reader<'a>,
}

/// A `GeneralSubtree`.
struct Subtree<'a> {
    tag: u8,
    base: Reader<'a>,
    /// `minimum` or `maximum` is there, which RFC 5280 does not allow.
    has_distance: bool,
}

impl<'a> NameConstraints<'a> {
    /// From the value of the extension.
    pub(super) fn read(mut value: Reader<'a>) -> Result<Self, UnmarshalError> {
        let mut both = element(&mut value, SEQUENCE, PLACE)?;
        end(value, PLACE)?;
        let mut list = |tag| match both.rest().first() {
            Some(first) if *first == tag => element(&mut both, tag, PLACE),
            _ => Ok(Reader::new(&[])),
        };
        let (permitted, excluded) = (list(PERMITTED)?, list(EXCLUDED)?);
        end(both, PLACE)?;
        for mut subtrees in [permitted, excluded] {
            while !subtrees.rest().is_empty() {
                let subtree = subtree(&mut subtrees)?;
                if subtree.tag == DIRECTORY_NAME {
                    directory_name(subtree.base, PLACE)?;
                }
            }
        }
        Ok(Self {
            permitted,
            excluded,
        })
    }

    /// Whether a certificate with this subject and this value of `subjectAltName` has only
    /// names that the authority may issue certificates for.
    pub(super) fn check(
        &self,
        subject: &DistinguishedName<'_>,
        alt_name: Option<Reader<'_>>,
    ) -> Result<(), CertificateProblem> {
        if !subject.is_empty() {
            self.check_directory_name(subject)?;
        }
        if subject.has(EMAIL_ADDRESS) {
            self.check_other_name(RFC822_NAME)?;
        }
        let Some(mut value) = alt_name else {
            return Ok(());
        };
        let unreadable = |_| CertificateProblem::NameConstraintsUnsupported;
        let mut names = element(&mut value, SEQUENCE, ALT_NAME).map_err(unreadable)?;
        while !names.rest().is_empty() {
            let (tag, name) = any(&mut names, ALT_NAME).map_err(unreadable)?;
            match tag {
                DIRECTORY_NAME => {
                    self.check_directory_name(
                        &directory_name(name, ALT_NAME).map_err(unreadable)?,
                    )?;
                }
                tag => self.check_other_name(tag)?,
            }
        }
        Ok(())
    }

    fn check_directory_name(&self, name: &DistinguishedName<'_>) -> Result<(), CertificateProblem> {
        let [mut is_constrained, mut is_permitted] = [false; 2];
        for subtree in subtrees(self.permitted, DIRECTORY_NAME) {
            is_constrained = true;
            is_permitted |= subtree.has(name)?;
        }
        if is_constrained && !is_permitted {
            return Err(CertificateProblem::NameConstraints);
        }
        for subtree in subtrees(self.excluded, DIRECTORY_NAME) {
            if subtree.has(name)? {
                return Err(CertificateProblem::NameConstraints);
            }
        }
        Ok(())
    }

    /// A name of a form that is not compared may only be there if it is not constrained.
    fn check_other_name(&self, tag: u8) -> Result<(), CertificateProblem> {
        let constraints = [self.permitted, self.excluded].into_iter();
        if constraints
            .flat_map(|list| subtrees(list, tag))
            .next()
            .is_some()
        {
            return Err(CertificateProblem::NameConstraintsUnsupported);
        }
        Ok(())
    }
}

impl Subtree<'_> {
    /// Whether this directory name is in it.
    fn has(&self, name: &DistinguishedName<'_>) -> Result<bool, CertificateProblem> {
        if self.has_distance {
            return Err(CertificateProblem::NameConstraintsUnsupported);
        }
        let base = directory_name(self.base, PLACE);
        let base = base.map_err(|_| CertificateProblem::NameConstraintsUnsupported)?;
        Ok(name.begins_with(&base))
    }
}

/// The subtrees of names of this form. All of them were read once.
fn subtrees(mut list: Reader<'_>, tag: u8) -> impl Iterator<Item = Subtree<'_>> {
    let all = core::iter::from_fn(move || match list.rest() {
        [] => None,
        _ => subtree(&mut list).ok(),
    });
    all.filter(move |subtree| subtree.tag == tag)
}

fn subtree<'a>(list: &mut Reader<'a>) -> Result<Subtree<'a>, UnmarshalError> {
    let mut subtree = element(list, SEQUENCE, PLACE)?;
    let (tag, base) = any(&mut subtree, PLACE)?;
    Ok(Subtree {
        tag,
        base,
        has_distance: !subtree.rest().is_empty(),
    })
}

/// The name inside a `GeneralName` of the form `directoryName`.
fn directory_name<'a>(
    mut name: Reader<'a>,
    place: &'static Place,
) -> Result<DistinguishedName<'a>, UnmarshalError> {
    let inside = element(&mut name, SEQUENCE, place)?;
    end(name, place)?;
    DistinguishedName::read(inside, place)
}
